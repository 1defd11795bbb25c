"""The page of profiles, and the downloads: the one thing that must work on the worst day."""

import hashlib
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import CONFIGURATION, rule, save_endpoint
from vpn.endpoints.models import Endpoint
from vpn.profiles.models import ProfileDownload


def url(endpoint: Endpoint) -> str:
    return f"/profiles/{endpoint.endpoint_id}/download"


def test_a_download_is_what_aws_exported_byte_for_byte(tanaka: User, signed_in: SignedIn) -> None:
    response = signed_in(tanaka).get(url(save_endpoint()))
    assert response.status_code == 200
    assert response.content == CONFIGURATION.encode()
    assert response["Content-Type"] == "application/x-openvpn-profile"
    assert response["Content-Disposition"] == 'attachment; filename="tokyo-main.ovpn"'
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "configuration", ["client\r\nremote x 443\r\n", "client\n\n\n", "\ufeffclient", "client 日本語"]
)
def test_nothing_is_normalized_on_the_way(tanaka: User, signed_in: SignedIn, configuration: str) -> None:
    endpoint = save_endpoint(configuration=configuration)
    assert signed_in(tanaka).get(url(endpoint)).content == configuration.encode()


def test_it_works_with_aws_and_the_queue_down(tanaka: User, signed_in: SignedIn, settings: Settings) -> None:
    settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    old = timezone.now() - timedelta(days=30)
    endpoint = save_endpoint(
        seen_at=old, configuration_seen_at=old, error_id="aws-unavailable", error_code="x"
    )
    client = signed_in(tanaka)
    assert client.get(url(endpoint)).content == CONFIGURATION.encode()
    page = client.get("/profiles/").content.decode()
    assert "This may be out of date." in page


def test_an_endpoint_for_other_groups_is_not_there(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(authorization_rules=[rule("0.0.0.0/0", group=company.ENGINEERING.id)])
    client = signed_in(tanaka)
    assert client.get(url(endpoint)).status_code == 404
    assert client.get("/profiles/cvpn-endpoint-00000000000000000/download").status_code == 404
    assert endpoint.endpoint_id not in client.get("/profiles/").content.decode()
    assert not ProfileDownload.objects.exists()


@pytest.mark.parametrize("status", ["authorizing", "revoking", "failed"])
def test_only_active_rules_let_anybody_in(tanaka: User, signed_in: SignedIn, status: str) -> None:
    endpoint = save_endpoint(authorization_rules=[rule("0.0.0.0/0", status=status)])
    assert signed_in(tanaka).get(url(endpoint)).status_code == 404


def test_a_rule_for_everyone_lets_everyone_in(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(authorization_rules=[rule("10.0.0.0/16")])
    client = signed_in(tanaka)
    assert client.get(url(endpoint)).status_code == 200
    assert "You can reach 10.0.0.0/16, as everyone can." in client.get("/profiles/").content.decode()


def test_what_an_administrator_wrote_to_a_rule_is_not_shown(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(
        authorization_rules=[rule("0.0.0.0/0", group=company.EMPLOYEES.id, description="TEMP for audit")]
    )
    page = signed_in(tanaka).get("/profiles/").content.decode()
    assert "You can reach the whole internet (0.0.0.0/0)." in page
    assert "TEMP for audit" not in page


def test_a_vanished_endpoint_is_not_offered(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(vanished_at=timezone.now())
    assert signed_in(tanaka).get(url(endpoint)).status_code == 404


def test_the_old_link_to_a_vanished_endpoint_says_since_when(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, other, client = save_endpoint(), save_endpoint("osaka-dr"), signed_in(tanaka)
    client.get(url(endpoint))
    endpoint.vanished_at = datetime(2026, 11, 30, 2, 36, tzinfo=UTC)
    endpoint.save(update_fields=["vanished_at"])
    response = client.get(url(endpoint))
    page = unescape(response.content.decode())
    assert response.status_code == 410
    assert "AWS hasn't listed it since 2026-11-30 11:36." in page
    assert "Show the profiles that you can use" in page
    other.delete()
    assert "Show the profiles that you can use" not in client.get(url(endpoint)).content.decode()


def test_the_old_link_of_somebody_who_lost_the_group_says_so_to_nobody_else(
    tanaka: User, sato: User, signed_in: SignedIn
) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(url(endpoint))
    endpoint.authorization_rules = [rule("0.0.0.0/0", group=company.ENGINEERING.id)]
    endpoint.save(update_fields=["authorization_rules"])
    response = client.get(url(endpoint))
    assert response.status_code == 404
    assert "You had tokyo-main" in response.content.decode()
    assert "tokyo-main" not in signed_in(sato).get(url(endpoint)).content.decode()
    assert ProfileDownload.objects.count() == 1


def test_of_two_profiles_one_is_suggested_and_each_says_when_to_use_it(
    tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint("a-branch", split_tunnel=True)
    main, client = save_endpoint(), signed_in(tanaka)
    page = client.get("/profiles/").content.decode()
    assert page.count("Start with this one") == 1
    assert page.count("button-primary") == 1
    assert page.index("For services that allow only the fixed IP address.") < page.index(
        "For internal systems."
    )
    client.get(url(main))
    assert "button-primary" not in client.get("/profiles/").content.decode()


def test_a_profile_alone_needs_no_suggestion(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    page = signed_in(tanaka).get("/profiles/").content.decode()
    assert "Start with this one" not in page
    assert page.count("button-primary") == 1


def test_a_japanese_name_arrives_as_it_is(tanaka: User, signed_in: SignedIn) -> None:
    header = signed_in(tanaka).get(url(save_endpoint("本番VPN（東京）")))["Content-Disposition"]
    assert header == f"attachment; filename*=utf-8''{quote('本番VPN-東京.ovpn')}"


def test_each_download_is_recorded_with_its_version(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    signed_in(tanaka).get(url(endpoint), headers={"x-forwarded-for": "198.51.100.27"})
    row, event = ProfileDownload.objects.get(), AuditEvent.objects.get(tag="profile:downloaded")
    digest = hashlib.sha256(CONFIGURATION.encode()).hexdigest()
    assert (row.user, row.endpoint, row.configuration_hash, row.address) == (
        tanaka,
        endpoint,
        digest,
        "198.51.100.27",
    )
    assert (event.actor, event.target, event.address) == (
        tanaka.username,
        endpoint.endpoint_id,
        "198.51.100.27",
    )
    assert event.details == {"label": "tokyo-main", "sha256": digest}


def test_looking_is_not_downloading(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    assert client.head(url(endpoint)).status_code == 405
    assert client.post(url(endpoint)).status_code == 405
    assert not ProfileDownload.objects.exists()


def test_the_page_says_what_the_person_has(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    assert "You haven't downloaded it yet." in unescape(client.get("/profiles/").content.decode())
    client.get(url(endpoint))
    assert "Up to date" in client.get("/profiles/").content.decode()


def test_a_changed_configuration_is_said_until_it_is_downloaded(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(url(endpoint))
    changed = f"{CONFIGURATION}\nverb 4"
    endpoint.configuration, endpoint.configuration_hash = (
        changed,
        hashlib.sha256(changed.encode()).hexdigest(),
    )
    endpoint.save(update_fields=["configuration", "configuration_hash"])
    for page in ("/", "/profiles/"):
        text = client.get(page).content.decode()
        assert "New version" in text
        assert "import it in AWS VPN Client" in text
    client.get(url(endpoint))
    assert "New version" not in client.get("/profiles/").content.decode()


def test_another_persons_download_is_not_mine(tanaka: User, sato: User, signed_in: SignedIn) -> None:
    signed_in(sato).get(url(save_endpoint()))
    assert "Up to date" not in signed_in(tanaka).get("/profiles/").content.decode()


def test_a_profile_that_aws_never_gave_us_is_not_ready(tanaka: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(configuration=""), signed_in(tanaka)
    assert "Not ready yet" in client.get("/profiles/").content.decode()
    assert client.get(url(endpoint)).status_code == 503
    assert not ProfileDownload.objects.exists()


def test_a_certificate_endpoint_says_what_to_add(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(authentication=["certificate-authentication"])
    text = signed_in(tanaka).get("/profiles/").content.decode()
    assert "&lt;cert&gt;" in text
    assert "&lt;key&gt;" in text


def test_two_endpoints_of_one_name_have_file_names_of_their_own(tanaka: User, signed_in: SignedIn) -> None:
    first, second = save_endpoint(), save_endpoint(endpoint_id="cvpn-endpoint-00000000000000abc")
    client = signed_in(tanaka)
    names = {client.get(url(endpoint))["Content-Disposition"] for endpoint in (first, second)}
    assert len(names) == 2
    assert 'attachment; filename="tokyo-main-000abc.ovpn"' in names


def test_somebody_without_any_profile_is_told_whom_to_ask(tanaka: User, signed_in: SignedIn) -> None:
    client = signed_in(tanaka)
    assert "No endpoint has been read from AWS yet" in client.get("/profiles/").content.decode()
    save_endpoint(authorization_rules=[])
    assert "Ask your helpdesk to be added" in client.get("/profiles/").content.decode()


def test_the_page_asks_the_database_little(
    tanaka: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        save_endpoint(f"endpoint-{number}")
    client = signed_in(tanaka)
    # session, user, endpoints, downloads, log entries, presence; incidents, drills, planned work (2), AWS Health, the
    # line to the office
    with django_assert_num_queries(12):
        client.get("/profiles/")


def test_the_page_refreshes_as_a_whole_so_that_notice_and_profile_agree(
    tanaka: User, signed_in: SignedIn
) -> None:
    endpoint, client = save_endpoint(), signed_in(tanaka)
    client.get(url(endpoint))

    def refreshed() -> str:
        return unescape(client.get("/profiles/", headers={"hx-request": "true"}).content.decode()).strip()

    page, fragment = unescape(client.get("/profiles/").content.decode()), refreshed()
    assert fragment.startswith('<div class="stack" id="profiles" hx-get="/profiles/"')
    assert fragment.endswith("</div>")
    assert fragment in page
    assert "Up to date" in fragment
    Endpoint.objects.update(status="pending-associate")
    fragment = refreshed()
    assert "tokyo-main can't be connected to right now" in fragment
    assert "Can't be connected to right now" in fragment
    assert "Up to date" not in fragment
