"""Who should upgrade: on the person's own home page, at the helpdesk, at the endpoint, and in a finding."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.client_versions.upgrades import ClientStatus
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import find_attempt, find_attempts, latest_clients, outdated_clients
from vpn.connect_attempts.texts import client_summary, client_text, decision_text
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.base.layer import LayerState
from vpn.diagnosis.layers import client as client_layer
from vpn.endpoints.models import Endpoint
from vpn.findings import client_outdated
from vpn.findings.models import Finding
from vpn.notices.clients import client_notices

pytestmark = pytest.mark.django_db
POSTURE = {"DevicePostureOptions": {"TrustProviders": [{"TrustProviderType": "jamf"}]}}


@pytest.fixture
def endpoint() -> Endpoint:
    return save_endpoint()


def attempt(endpoint: Endpoint, number: int, username: str, **fields: Any) -> ConnectAttempt:
    values = {
        "platform": "win",
        "client_version": "6.0.3",
        "decision": "allow",
        "reason": "not-on-deny-list",
        "raw": "{}",
        "at": timezone.now() - timedelta(hours=number),
    }
    return ConnectAttempt.objects.create(
        connection_id=f"cvpn-connection-{number:017x}",
        endpoint_id=endpoint.endpoint_id,
        username=username,
        **(values | fields),
    )


def test_a_persons_newest_client_counts_on_each_system(endpoint: Endpoint, tanaka: User) -> None:
    newest = attempt(endpoint, 1, tanaka.username.upper(), client_version="6.2.0")
    attempt(endpoint, 2, tanaka.username, client_version="6.0.3")
    attempt(endpoint, 3, tanaka.username, platform="mac", client_version="6.0.0")
    attempt(endpoint, 4, tanaka.username, platform="linux", client_version="")
    attempt(endpoint, 24 * 40, tanaka.username, platform="solaris", client_version="1.0.0")
    attempt(endpoint, 5, "somebody.else@example.co.jp")
    clients = latest_clients([tanaka.username], timezone.now())
    assert [(client.attempt.platform, client.status.value) for client in clients] == [
        ("win", "current"),
        ("mac", "upgrade"),
        ("linux", "unknown"),
    ]
    assert find_attempt(newest.connection_id) == newest
    assert set(find_attempts([newest.connection_id, "none"])) == {newest.connection_id}
    # What the endpoint uses counts too, whatever the release is.
    Endpoint.objects.update(settings=POSTURE)
    attempt(endpoint, 6, "a.suzuki@example.co.jp", client_version="6.1.1")
    [suzuki] = latest_clients(["a.suzuki@example.co.jp"], timezone.now())
    assert suzuki.upgrade is not None
    assert suzuki.upgrade.minimum == "6.2.0"


def test_clients_of_people_whose_names_differ_in_case_only_are_told_apart(endpoint: Endpoint) -> None:
    User.objects.create(username="u-ABC")
    User.objects.create(username="u-abc")
    attempt(endpoint, 1, "u-ABC")
    attempt(endpoint, 2, "u-abc")
    [client] = latest_clients(["u-abc"], timezone.now())
    assert client.attempt.username == "u-abc"
    assert outdated_clients(endpoint, timezone.now()).known == 2


def test_a_person_reads_one_thing_to_do_on_their_home_page(
    endpoint: Endpoint, tanaka: User, signed_in: SignedIn
) -> None:
    assert client_notices([tanaka.username], timezone.now()) == []
    attempt(endpoint, 1, tanaka.username)
    attempt(endpoint, 2, tanaka.username, platform="mac", client_version="6.0.0")
    [notice] = client_notices([tanaka.username], timezone.now())
    assert notice.action_url == "/guides/windows/#install"
    page = signed_in(tanaka).get("/", secure=True).content.decode()
    assert "Upgrade AWS VPN Client on Windows from 6.0.3 to 6.2.0." in page
    ConnectAttempt.objects.update(client_version="")
    assert "Upgrade AWS VPN Client" not in signed_in(tanaka).get("/", secure=True).content.decode()


def test_the_endpoints_page_counts_and_names_them_and_the_look_is_recorded(
    endpoint: Endpoint, sato: User, signed_in: SignedIn
) -> None:
    path = f"/endpoints/{endpoint.endpoint_id}/"
    browser = signed_in(sato)
    assert "the handler has logged no client" in browser.get(path, secure=True).content.decode()
    attempt(endpoint, 1, "m.tanaka@example.co.jp")
    attempt(endpoint, 2, "l.obrien@example.co.jp", client_version="6.2.0")
    attempt(endpoint, 3, "h.garcia@example.co.jp", client_version="")
    counts = outdated_clients(endpoint, timezone.now())
    assert (counts.known, counts.unknown, len(counts.upgrades)) == (3, 1, 1)
    page = browser.get(path, secure=True).content.decode()
    assert "1 client should be upgraded" in page
    assert "m.tanaka" not in page
    page = browser.get(path, {"tab": "connections"}, secure=True).content.decode()
    assert "m.tanaka@example.co.jp" in page
    assert "h.garcia" not in page
    assert "m.tanaka@example.co.jp" in str(AuditEvent.objects.latest("sequence").__dict__)


def test_a_finding_counts_them_and_is_undecided_without_a_log(endpoint: Endpoint, settings: Settings) -> None:
    now = timezone.now()
    assert client_outdated.detect(now) is None
    attempt(endpoint, 1, "m.tanaka@example.co.jp")
    attempt(endpoint, 2, "l.obrien@example.co.jp", client_version="6.2.0")
    [detected] = client_outdated.detect(now) or []
    text = client_outdated.describe(Finding(subject=detected.subject, evidence=detected.evidence), {}).text
    assert "6.0.3" in text
    assert "tanaka" not in str(detected)
    ConnectAttempt.objects.filter(client_version="6.0.3").delete()
    assert client_outdated.detect(now) == []
    settings.VPN_SOURCES = []
    assert client_outdated.detect(now) is None


def test_the_helpdesk_reads_the_client_and_never_up_to_date_for_unknown(
    endpoint: Endpoint, tanaka: User
) -> None:
    result = client_layer.check(person_facts(tanaka.username))
    assert result.state is LayerState.UNKNOWN
    assert result.ask
    attempt(endpoint, 2, tanaka.username)
    facts = person_facts(tanaka.username)
    result = client_layer.check(facts)
    assert result.state is LayerState.FAILS
    assert "6.0.3" in result.evidence[0].text
    assert "6.2.0" in client_summary(facts.clients[0])
    attempt(endpoint, 1, tanaka.username, client_version="6.2.0", decision="deny", reason="on-deny-list")
    facts = person_facts(tanaka.username)
    assert client_layer.check(facts).state is LayerState.HOLDS
    assert facts.clients[0].status is ClientStatus.CURRENT
    assert "deny list" in decision_text(facts.clients[0].attempt)
    assert client_text(None) == "Unknown"
