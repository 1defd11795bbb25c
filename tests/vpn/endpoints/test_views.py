"""The pages of endpoints: what AWS said, how old it is, and why something is missing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox import company
from sandbox.aws.seed import Architecture
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn

pytestmark = pytest.mark.django_db


def url(endpoint: Endpoint) -> str:
    return f"/endpoints/{endpoint.endpoint_id}/"


def read(client: Client, path: str, language: str = "en") -> str:
    return client.get(path, headers={"accept-language": language}).content.decode().replace("&#x27;", "'")


def save_vpn(endpoint: Endpoint, **changes: Any) -> SiteToSiteVpn:
    fields: dict[str, Any] = {
        "account": endpoint.account,
        "vpn_connection_id": "vpn-0a",
        "name": "head-office",
        "state": "available",
        "seen_at": timezone.now(),
        "tunnels": [
            {"outside_ip": "198.51.100.8", "status": "UP", "message": "1 BGP ROUTES", "changed_at": ""},
            {"outside_ip": "198.51.100.9", "status": "DOWN", "message": "IPSEC IS DOWN", "changed_at": ""},
        ],
    }
    return SiteToSiteVpn.objects.create(**(fields | changes))


def test_the_list_shows_what_the_look_has_found(
    synced: Architecture, sato: User, signed_in: SignedIn
) -> None:
    text = read(signed_in(sato), "/endpoints/")
    assert f'href="/endpoints/{synced.tokyo.endpoint_id}/"' in text
    assert company.TOKYO.egress_ip in text
    assert text.count("Available") == 2
    assert "osaka-dr" in text
    assert "Split tunnel" in text
    assert "ap-northeast-3" in text
    assert "This may be out of date." not in text


def test_an_endpoint_shows_its_rules_routes_and_the_way_out(
    synced: Architecture, sato: User, signed_in: SignedIn
) -> None:
    text = read(signed_in(sato), f"/endpoints/{synced.tokyo.endpoint_id}/")
    network = synced.tokyo.network
    for shown in (
        company.EMPLOYEES.id,
        company.OFFICE_LAN,
        network.nat_gateway_id,
        network.private_subnet_id,
        synced.tokyo.vpn.association_id,
        synced.tokyo.vpn.log_group,
        synced.site_to_site.vpn_connection_id,
        "Employees to the internet",
        "Single sign-on (SAML)",
        "Nobody is connected.",
    ):
        assert shown in text
    assert text.count(": traffic gets here.") == 5
    assert "Everyone" in text


def test_the_profile_s_hash_is_shown_but_never_the_profile(
    synced: Architecture, sato: User, signed_in: SignedIn
) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    text = read(signed_in(sato), url(endpoint))
    assert endpoint.configuration_hash in text
    assert "BEGIN CERTIFICATE" not in text


def test_a_broken_chain_says_where_and_why(sato: User, signed_in: SignedIn) -> None:
    subnet = {"subnet_id": "subnet-0a", "via": "nat-0a", "addresses": [], "reasons": ["nat-gateway-gone"]}
    endpoint = save_endpoint(egress=[subnet], egress_ips=[])
    text = read(signed_in(sato), url(endpoint))
    assert 'NAT gateway<span class="visually-hidden">: traffic stops here.' in text
    assert text.count(": traffic doesn't get here.") == 2
    assert "The NAT gateway no longer exists." in text


def test_it_is_all_said_in_japanese_too(synced: Architecture, sato: User, signed_in: SignedIn) -> None:
    text = read(signed_in(sato), f"/endpoints/{synced.osaka.endpoint_id}/", language="ja")
    assert "Split tunnel" not in text
    assert (
        "分割トンネル（スプリットトンネル）のため、エンドポイントにルートのある宛先だけがここを通ります。"
        in text
    )


def test_it_shows_who_is_connected_now(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_connection(endpoint, "m.tanaka@example.co.jp", ingress_bytes=2048)
    save_connection(endpoint, "", common_name="", client_ip=None, established_at=None)
    text = read(signed_in(sato), url(endpoint))
    assert text.index("m.tanaka@example.co.jp") < text.index("AWS names nobody")
    assert "10.8.0.34" in text
    assert "2.0\xa0KB" in text
    assert "2</span>" in read(signed_in(sato), "/endpoints/")


def test_who_looked_at_who_is_connected_is_recorded(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    client = signed_in(sato)
    read(client, url(endpoint))
    read(client, url(endpoint))
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor) == ("connections:searched", sato.username)
    assert event.details == {"conditions": {"page": "endpoint", "endpoint": endpoint.endpoint_id}}
    assert (event.target_kind, event.target_id) == ("endpoint", endpoint.endpoint_id)


def test_a_page_of_thousands_of_connections_shows_the_newest(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    LiveConnection.objects.bulk_create(
        LiveConnection(endpoint=endpoint, connection_id=f"cvpn-connection-{number}") for number in range(201)
    )
    text = read(signed_in(sato), url(endpoint))
    assert "The newest 200 of 201 are shown." in text
    assert text.count("cvpn-connection-") == 200


def test_a_tunnel_that_is_down_is_said_to_be(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_vpn(endpoint)
    save_vpn(endpoint, vpn_connection_id="vpn-0b", name="old-office", vanished_at=timezone.now())
    text = read(signed_in(sato), url(endpoint))
    assert "head-office" in text
    assert "Up · 1 BGP ROUTES" in text
    assert "Down · IPSEC IS DOWN" in text
    assert "old-office" not in text


def test_a_failed_look_is_explained_and_the_last_good_one_stays(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(
        seen_at=timezone.now() - timedelta(hours=2),
        error_id="aws-throttled",
        error_code="RequestLimitExceeded",
        error_message="<b>Slow down</b>",
    )
    for path in ("/endpoints/", url(endpoint)):
        text = read(signed_in(sato), path)
        assert "AWS asked us to slow down." in text
        assert "RequestLimitExceeded" in text
        assert "<b>Slow down" not in text
        assert "This may be out of date." in text
        assert company.TOKYO.egress_ip in text


def test_an_account_that_cannot_be_read_is_named(sato: User, signed_in: SignedIn) -> None:
    AwsAccount.objects.create(
        name="osaka",
        region="ap-northeast-3",
        attempted_at=timezone.now(),
        error_id="aws-access-denied",
        error_code="UnauthorizedOperation",
        error_message="You are not authorized",
    )
    text = read(signed_in(sato), "/endpoints/")
    assert "osaka couldn't be read at" in text
    assert "lacks a permission" in text
    assert "UnauthorizedOperation: You are not authorized" in text


def test_an_error_without_words_of_its_own_is_shown_with_aws_s(sato: User, signed_in: SignedIn) -> None:
    save_endpoint(error_id="aws-of-a-newer-version", error_code="SomethingNew")
    text = read(signed_in(sato), "/endpoints/")
    assert "AWS refused the call." in text
    assert "SomethingNew" in text


def test_what_vanished_is_still_there_and_said_to_be_gone(sato: User, signed_in: SignedIn) -> None:
    gone = save_endpoint("a-gone", vanished_at=timezone.now(), seen_at=timezone.now() - timedelta(days=9))
    there = save_endpoint("b-there")
    save_connection(gone, "m.tanaka@example.co.jp")
    client = signed_in(sato)
    text = read(client, "/endpoints/")
    assert text.index(there.endpoint_id) < text.index(gone.endpoint_id)
    assert "Gone from AWS" in text
    page = read(client, url(gone))
    assert "This endpoint is gone." in page
    assert "m.tanaka@example.co.jp" not in page
    assert "This may be out of date." not in page


def test_an_endpoint_that_was_never_wholly_seen_has_a_page(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(
        configuration="",
        seen_at=None,
        configuration_seen_at=None,
        connections_seen_at=None,
        egress_ips=[],
        authorization_rules=[],
    )
    text = read(signed_in(sato), url(endpoint))
    assert "AWS hasn't given us the profile yet." in text
    assert "No data yet" in text
    # The way to the internet, rules, routes, target networks; and certificates
    assert text.count("Not known yet") == 5
    assert "There is none" not in text


def test_an_empty_list_says_what_to_check(sato: User, signed_in: SignedIn, settings: Settings) -> None:
    assert "genkan:managed=true" in read(signed_in(sato), "/endpoints/")
    settings.VPN_ENDPOINT_TAG = "*"
    assert "carry the tag" not in read(signed_in(sato), "/endpoints/")


def test_a_state_that_nobody_knows_is_shown_as_aws_wrote_it(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(status="hibernating", authentication=["telepathy"])
    text = read(signed_in(sato), url(endpoint))
    assert "hibernating" in text
    assert "telepathy" in text


def test_what_aws_says_is_text_and_never_markup(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(
        "<script>alert(1)</script>",
        description="<b>bold</b>",
        authorization_rules=[rule("10.0.0.0/16", description="<i>italic</i>")],
    )
    save_connection(endpoint, "<u>underlined</u>")
    for path in ("/endpoints/", url(endpoint)):
        text = read(signed_in(sato), path)
        for markup in ("<script>alert", "<b>bold", "<i>italic", "<u>underlined"):
            assert markup not in text


def test_there_is_no_page_for_an_endpoint_that_nobody_knows(sato: User, signed_in: SignedIn) -> None:
    assert signed_in(sato).get("/endpoints/cvpn-endpoint-none/").status_code == 404


def test_an_employee_may_not_open_them(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    for path in ("/endpoints/", url(endpoint), "/endpoints/cvpn-endpoint-none/"):
        assert signed_in(tanaka).get(path).status_code == 403


def test_it_asks_the_database_little(
    sato: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    endpoints = [save_endpoint(f"endpoint-{number}") for number in range(5)]
    for endpoint in endpoints:
        save_connection(endpoint, "m.tanaka@example.co.jp")
        save_vpn(endpoint, vpn_connection_id=f"vpn-{endpoint.pk}")
    client = signed_in(sato)
    # Session, person; then endpoints and accounts, or the endpoint, its connections, the office lines, certificates
    with django_assert_num_queries(4):
        client.get("/endpoints/")
    client.get(url(endpoints[0]))  # is recorded, once an hour
    with django_assert_num_queries(6):
        client.get(url(endpoints[0]))
