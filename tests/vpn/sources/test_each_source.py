"""What AWS can also tell: each source is a switch, and none that is off, refused, throttled or slow stops another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.config import Config
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.celery import app
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import HEALTH_QUEUE, IDENTITY_STORE_ID, TOKYO
from tests.conftest import SignedIn
from vpn.certificates.models import Certificate
from vpn.certificates.tasks import check_certificates
from vpn.directory.models import Directory
from vpn.directory.tasks import read_directory
from vpn.endpoints.models import Endpoint, SiteToSiteVpn, SnapshotModel
from vpn.endpoints.tasks import sync_accounts
from vpn.findings.models import Finding
from vpn.findings.services import evaluate
from vpn.health_events.models import HealthQueue
from vpn.health_events.tasks import read_health_events
from vpn.quotas.models import AccountQuotas, RegionPrices
from vpn.quotas.tasks import read_quotas
from vpn.tunnels.models import TunnelMaintenance
from vpn.tunnels.queries import maintenance_sentences
from vpn.tunnels.tasks import check_tunnels

pytestmark = [pytest.mark.usefixtures("synced", "hurried"), pytest.mark.django_db]


HASTY = Config(connect_timeout=0.2, read_timeout=0.2, retries={"total_max_attempts": 1})


@dataclass(frozen=True)
class Source:
    """``action``: the call that it makes first; ``row``: where it is noted how the last attempt went."""

    name: str
    action: str
    read: Callable[[], Any]
    row: Callable[[], SnapshotModel | None]

    def __str__(self) -> str:
        return self.name


SOURCES = [
    Source(
        "certificates",
        "DescribeCertificate",
        check_certificates,
        lambda: Certificate.objects.filter(kind="server").order_by("pk").first(),
    ),
    Source("directory", "ListGroups", read_directory, lambda: Directory.objects.first()),
    Source(
        "quotas",
        "GetServiceQuota",
        read_quotas,
        lambda: AccountQuotas.objects.filter(account__name="tokyo").first(),
    ),
    Source(
        "prices", "GetProducts", read_quotas, lambda: RegionPrices.objects.filter(region=TOKYO.region).first()
    ),
    Source(
        "tunnels",
        "GetVpnTunnelReplacementStatus",
        check_tunnels,
        lambda: TunnelMaintenance.objects.order_by("pk").first(),
    ),
    Source("health", "ReceiveMessage", read_health_events, lambda: HealthQueue.objects.first()),
]
by_name = pytest.mark.parametrize("source", SOURCES, ids=str)


@pytest.fixture(autouse=True)
def configured(settings: Settings, aws: str) -> Iterator[None]:
    settings.IDENTITY_STORE = {"id": IDENTITY_STORE_ID, "region": TOKYO.region}
    settings.AWS_HEALTH_QUEUE = {"url": f"{aws}/{TOKYO.account}/{HEALTH_QUEUE}", "region": TOKYO.region}
    # Celery reads Django's settings once a process.
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@by_name
def test_it_is_read_by_one_kind_of_call_and_not_again_at_once(source: Source, control: Control) -> None:
    control.forget_calls()
    source.read()
    row = source.row()
    assert row is not None
    assert (row.error_id, row.seen_at) == ("", row.attempted_at)
    made = len(control.calls())
    assert source.action in {call["action"] for call in control.calls()}
    source.read()
    # The queue is asked every minute: there is nothing else that would say that something has happened.
    assert len(control.calls()) - made <= (1 if source.name == "health" else 0)


@by_name
def test_switched_off_it_asks_aws_nothing(source: Source, control: Control, settings: Settings) -> None:
    settings.VPN_SOURCES = [name for name in settings.VPN_SOURCES if name != source.name]
    control.forget_calls()
    source.read()
    assert source.action not in {call["action"] for call in control.calls()}
    assert source.row() is None


@by_name
def test_without_the_permission_it_is_not_known_and_stops_no_other(
    source: Source, control: Control, takahashi: User, signed_in: SignedIn
) -> None:
    control.fail(source.action, "AccessDeniedException", status=403)
    for other in SOURCES:
        other.read()
    for other in SOURCES:
        row = other.row()
        assert row is not None
        assert row.error_id == ("aws-access-denied" if other == source else "")
        assert (row.seen_at is None) == (other == source)
    # Not known is neither green nor an error page.
    client = signed_in(takahashi)
    for path in (f"/endpoints/{tokyo().endpoint_id}/", "/aws-health/", "/connections/findings/", "/"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"code": "ThrottlingException"}, "aws-throttled"), ({"code": "ServiceUnavailable"}, "aws-unavailable")],
    ids=["throttled", "broken"],
)
@by_name
def test_what_fails_is_noted_with_its_reason(
    source: Source, control: Control, fault: dict[str, Any], error: str
) -> None:
    control.fail(source.action, **fault)
    source.read()
    row = source.row()
    assert row is not None
    assert (row.error_id, row.seen_at) == (error, None)


def tokyo() -> Endpoint:
    return Endpoint.objects.get(label=TOKYO.label)


@by_name
def test_a_slow_one_gives_up_by_itself(
    source: Source, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vpn.aws.session.CONFIG", HASTY)
    control.slow(source.action, 2)
    source.read()
    row = source.row()
    assert row is not None
    assert row.error_id == "aws-unavailable"
    control.heal()


def test_the_endpoint_s_page_says_where_each_number_is_from(
    control: Control, takahashi: User, signed_in: SignedIn, settings: Settings
) -> None:
    client, path = signed_in(takahashi), f"/endpoints/{tokyo().endpoint_id}/"
    before = client.get(path).content.decode()
    assert "AWS&#x27;s documented default" in before
    assert "a documented price, not from AWS&#x27;s price list" in before
    control.set_quota("L-9A1BC94B", 500)
    control.set_price("APN1-ClientVPN-EndpointHours", "0.17")
    read_quotas()
    after = client.get(path).content.decode()
    assert "3 of 500" in after
    assert "0.17 USD" in after
    assert "your account&#x27;s quota, read" in after
    settings.VPN_QUOTAS = {"tokyo": {"rules": 250}}
    assert "3 of 250" in client.get(path).content.decode()
    settings.VPN_SOURCES = []
    off = client.get(path).content.decode()
    assert "Reading this is switched off (VPN_SOURCES)." in off
    assert "3 of 250" in off
    assert "0.15 USD" in off


def test_maintenance_of_a_tunnel_is_told_on_the_page_and_as_a_finding(
    control: Control, synced: Architecture
) -> None:
    vpn = SiteToSiteVpn.objects.get()
    first = vpn.tunnels[0]["outside_ip"]
    control.set_tunnel_maintenance(vpn.vpn_connection_id, 5 * 86_400, outside_ip=first)
    check_tunnels()
    sentences = maintenance_sentences([vpn], timezone.now())
    assert [tone for tone, _text in sentences.values()] == ["warn", "ok"]
    evaluate(["tunnel-maintenance"])
    finding = Finding.objects.get(kind="tunnel-maintenance", resolved_at=None)
    assert first in finding.subject
    control.set_tunnel_maintenance(vpn.vpn_connection_id, None, outside_ip=first)
    TunnelMaintenance.objects.update(attempted_at=None)
    check_tunnels()
    evaluate(["tunnel-maintenance"])
    assert not Finding.objects.filter(kind="tunnel-maintenance", resolved_at=None).exists()


def test_everything_together_stays_within_the_budget_of_calls(control: Control) -> None:
    """At rest, an endpoint costs at most 15 calls a minute with all sources on; one of them reads its log."""
    for source in SOURCES:
        source.read()
    control.forget_calls()
    sync_accounts()
    for source in SOURCES:
        source.read()
    # Subnets are read every 15 minutes, roles assumed every 45.
    seldom = {"DescribeSubnets", "AssumeRole"}
    calls = [call["action"] for call in control.calls() if call["action"] not in seldom]
    assert len(calls) <= 14 * Endpoint.objects.count()
