"""What AWS can also tell: each source is a switch, and none that is off, refused, throttled or slow stops another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.celery import app
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.aws.seed_kinds import seed_kinds
from sandbox.aws.seed_vpn import handler_log_group_name
from sandbox.company import HEALTH_QUEUE, HUB, IDENTITY_STORE_ID, TOKYO
from tests.conftest import SignedIn
from vpn.authorization_policy.models import EndpointPolicy
from vpn.authorization_policy.tasks import read_policies
from vpn.certificates.models import Certificate
from vpn.certificates.tasks import check_certificates
from vpn.changes.tasks import attribute_changes
from vpn.connection_log.ingest.tasks import import_accounts
from vpn.connection_log.models import LogSource
from vpn.directory.models import Directory
from vpn.directory.tasks import read_directory
from vpn.endpoints.models import Endpoint, EndpointChange, SiteToSiteVpn
from vpn.endpoints.tasks import sync_accounts
from vpn.findings.models import Finding
from vpn.findings.services import evaluate
from vpn.health_events.models import HealthQueue
from vpn.health_events.tasks import read_health_events
from vpn.metrics.models import MetricSource
from vpn.metrics.tasks import read_metrics
from vpn.quotas.models import AccountQuotas, RegionPrices
from vpn.quotas.tasks import read_quotas
from vpn.tunnels.models import TunnelMaintenance
from vpn.tunnels.queries import maintenance_sentences
from vpn.tunnels.tasks import check_tunnels

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from mypy_boto3_ec2 import EC2Client

pytestmark = [pytest.mark.usefixtures("synced", "hurried"), pytest.mark.django_db]


@dataclass(frozen=True)
class Reading:
    """How the last attempt went: ``error_id`` is empty where it was read."""

    error_id: str
    is_known: bool


@dataclass(frozen=True)
class Source:
    """``action``: the call that it makes first, ``about`` what where others make it too; ``needs``: a fixture."""

    name: str
    action: str
    read: Callable[[], Any]
    reading: Callable[[], Reading | None]
    about: str = ""
    needs: str = "synced"

    def __str__(self) -> str:
        return self.name

    def breaks(self, control: Control, code: str, **fields: Any) -> None:
        control.fail(self.action, code, about=self.about, **fields)

    def calls(self, control: Control) -> int:
        return [call["action"] for call in control.calls()].count(self.action)


def stored(rows: Callable[[], "QuerySet[Any]"]) -> Callable[[], Reading | None]:
    """The first of the rows that keep what was read last, and how the newest attempt went."""

    def reading() -> Reading | None:
        row = rows().exclude(attempted_at=None).order_by("pk").first()
        return Reading(row.error_id, row.seen_at == row.attempted_at) if row else None

    return reading


def attachment() -> Reading | None:
    hub = Endpoint.objects.filter(label=HUB.label).exclude(attachment={}).first()
    return Reading(hub.attachment.get("error_id", ""), bool(hub.attachment.get("state"))) if hub else None


def change() -> Reading | None:
    """Of the change that somebody made in the console."""
    outside = EndpointChange.objects.get(subject="SessionTimeoutHours")
    if outside.looked_up_at is None:
        return None
    return Reading(outside.error_id, bool(outside.event_id))


SOURCES = [
    Source(
        "certificates",
        "DescribeCertificate",
        check_certificates,
        stored(lambda: Certificate.objects.filter(kind="server")),
    ),
    Source("directory", "ListGroups", read_directory, stored(Directory.objects.all)),
    Source(
        "policies",
        "GetClientVpnEndpointAuthorizationPolicy",
        read_policies,
        stored(EndpointPolicy.objects.all),
    ),
    Source(
        "connect-handler",
        "FilterLogEvents",
        import_accounts,
        stored(lambda: LogSource.objects.filter(kind="connect-handler")),
        about=handler_log_group_name(),
    ),
    Source("cloudtrail", "LookupEvents", attribute_changes, change, needs="console_change"),
    Source("metrics", "GetMetricData", read_metrics, stored(MetricSource.objects.all)),
    Source(
        "transit-gateways",
        "DescribeTransitGatewayAttachments",
        sync_accounts,
        attachment,
        needs="hub",
    ),
    Source(
        "quotas",
        "GetServiceQuota",
        read_quotas,
        stored(lambda: AccountQuotas.objects.filter(account__name="tokyo")),
    ),
    Source(
        "prices",
        "GetProducts",
        read_quotas,
        stored(lambda: RegionPrices.objects.filter(region=TOKYO.region)),
    ),
    Source("tunnels", "GetVpnTunnelReplacementStatus", check_tunnels, stored(TunnelMaintenance.objects.all)),
    Source("health", "ReceiveMessage", read_health_events, stored(HealthQueue.objects.all)),
]
# Of these there is nothing else that would say that something has happened: they are asked each time.
ASKED_EACH_TIME = {"health", "connect-handler", "transit-gateways"}
by_name = pytest.mark.parametrize("source", SOURCES, ids=str)


@pytest.fixture(autouse=True)
def configured(settings: Settings, aws: str) -> Iterator[None]:
    settings.IDENTITY_STORE = {"id": IDENTITY_STORE_ID, "region": TOKYO.region}
    settings.AWS_HEALTH_QUEUE = {"url": f"{aws}/{TOKYO.account}/{HEALTH_QUEUE}", "region": TOKYO.region}
    # A shorter past is read in fewer calls, of which there are only some a second.
    settings.LOG_RETENTION_DAYS, settings.LOG_REQUESTS_PER_SECOND = 1, 1000
    # Celery reads Django's settings once a process.
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def console_change(synced: Architecture, control: Control, ec2: "EC2Client") -> None:
    """Somebody clicks in the console, and the portal sees what has become of it."""
    control.set_trail_delay(0)
    ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=synced.tokyo.endpoint_id, SessionTimeoutHours=8)
    sync_accounts()


@pytest.fixture
def hub(aws: str) -> None:
    """An endpoint that is attached to a transit gateway."""
    seed_kinds(aws)


@pytest.fixture
def ready(request: pytest.FixtureRequest) -> None:
    """The parameter ``source`` has something to read."""
    request.getfixturevalue(request.getfixturevalue("source").needs)


@by_name
@pytest.mark.usefixtures("ready")
def test_it_is_read_by_one_kind_of_call_and_not_again_at_once(source: Source, control: Control) -> None:
    control.forget_calls()
    source.read()
    assert source.reading() == Reading("", is_known=True)
    made = source.calls(control)
    assert made
    source.read()
    assert (source.calls(control) > made) == (source.name in ASKED_EACH_TIME)


@by_name
@pytest.mark.usefixtures("ready")
def test_switched_off_it_asks_aws_nothing(source: Source, control: Control, settings: Settings) -> None:
    settings.VPN_SOURCES = [name for name in settings.VPN_SOURCES if name != source.name]
    control.forget_calls()
    source.read()
    assert source.reading() is None
    assert source.about or not source.calls(control)


@by_name
@pytest.mark.usefixtures("ready")
def test_without_the_permission_it_is_not_known(source: Source, control: Control) -> None:
    source.breaks(control, "AccessDeniedException", status=403)
    source.read()
    assert source.reading() == Reading("aws-access-denied", is_known=False)


@pytest.mark.usefixtures("console_change", "hub")
@pytest.mark.parametrize("refused", [SOURCES[::2], SOURCES[1::2]], ids=["one half", "the other half"])
def test_those_that_are_refused_stop_no_other(
    refused: list[Source], control: Control, takahashi: User, signed_in: SignedIn
) -> None:
    for source in refused:
        source.breaks(control, "AccessDeniedException", status=403)
    for source in SOURCES:
        source.read()
    for source in SOURCES:
        expected = Reading("aws-access-denied" if source in refused else "", is_known=source not in refused)
        assert source.reading() == expected, source
    # Not known is neither green nor an error page.
    client = signed_in(takahashi)
    pages = ["/aws-health/", "/connections/findings/", "/connections/sources/", "/"]
    for endpoint in Endpoint.objects.all():
        pages.append(f"/endpoints/{endpoint.endpoint_id}/")
    for path in pages:
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("code", "error"),
    [("ThrottlingException", "aws-throttled"), ("ServiceUnavailable", "aws-unavailable")],
    ids=["throttled", "broken"],
)
@by_name
@pytest.mark.usefixtures("ready")
def test_what_fails_is_noted_with_its_reason(source: Source, control: Control, code: str, error: str) -> None:
    source.breaks(control, code)
    source.read()
    assert source.reading() == Reading(error, is_known=False)


def tokyo() -> Endpoint:
    return Endpoint.objects.get(label=TOKYO.label)


@by_name
@pytest.mark.usefixtures("ready")
def test_a_slow_one_gives_up_by_itself(source: Source, control: Control, settings: Settings) -> None:
    settings.AWS_READ_SECONDS, settings.AWS_ATTEMPTS = 0.2, 1
    control.slow(source.action, 2, about=source.about)
    source.read()
    assert source.reading() == Reading("aws-unavailable", is_known=False)
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


@pytest.mark.usefixtures("console_change")
def test_everything_together_stays_within_the_budget_of_calls(control: Control) -> None:
    """At rest, an endpoint costs at most 15 calls a minute with all sources on."""
    for source in SOURCES:
        source.read()
    control.forget_calls()
    # Each task once: that of the snapshots and that of the logs are among the sources.
    for read in {source.read for source in SOURCES}:
        read()
    # Subnets are read every 15 minutes, roles assumed every 45.
    seldom = {"DescribeSubnets", "AssumeRole"}
    calls = [call["action"] for call in control.calls() if call["action"] not in seldom]
    assert len(calls) <= 15 * Endpoint.objects.count()
