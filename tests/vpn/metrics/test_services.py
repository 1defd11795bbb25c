"""Reading metrics from the sandbox's CloudWatch: what is stored and overwritten, what stays a gap or unknown."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone, translation
from pytest_django import Settings

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import HOME_ADDRESS, TOKYO
from vpn.aws import accounts
from vpn.endpoints.models import Endpoint
from vpn.metrics import services, tasks
from vpn.metrics.models import MetricDay, MetricSource
from vpn.metrics.queries import MetricsState, metrics_state, points
from vpn.metrics.series import account_series, nat_gateways

pytestmark = pytest.mark.django_db
WHO = "m.tanaka@example.co.jp"
CONNECTIONS = "ActiveConnectionsCount"


@pytest.fixture
def tokyo(synced: Architecture) -> Endpoint:
    return Endpoint.objects.get(endpoint_id=synced.tokyo.vpn.endpoint_id)


def read() -> None:
    """Now, due or not."""
    MetricSource.objects.update(attempted_at=None)
    tasks.read_account(accounts.configured()[0].name)


def state(endpoint: Endpoint) -> MetricsState:
    return metrics_state(endpoint.account, timezone.now())


def play(control: Control, endpoint: Endpoint, *actions: tuple[float, str, str]) -> None:
    """Hours ago, what, and a key that names the session."""
    now = timezone.now().timestamp()
    control.replay(
        account=TOKYO.account,
        region=TOKYO.region,
        endpoint_id=endpoint.endpoint_id,
        actions=[
            {
                "at": now - hours * 3600,
                "do": do,
                "key": key,
                "username": WHO,
                "device_ip": HOME_ADDRESS,
                "device_type": "mac",
            }
            for hours, do, key in actions
        ],
    )


def values(endpoint: Endpoint, hours: float, metric: str = CONNECTIONS) -> list[float | None]:
    now = services.floor_to_period(timezone.now())
    return [value for _at, value in points(endpoint.endpoint_id, metric, now - timedelta(hours=hours), now)]


def test_a_first_reading_stores_what_cloudwatch_has_and_one_call_is_enough_for_a_day(
    tokyo: Endpoint, control: Control
) -> None:
    play(
        control,
        tokyo,
        (30, "connect", "a"),
        (28, "connect", "b"),
        (3, "disconnect", "a"),
        (2, "disconnect", "b"),
    )
    read()
    stored = values(tokyo, 31)
    assert {0, 1, 2} <= set(stored)
    # A period may have ended since the reading.
    assert next(value for value in reversed(stored) if value is not None) == 0
    assert state(tokyo).known
    # Later ones ask once, for the last hour alone and however many series there are.
    control.forget_calls()
    read()
    assert [call["action"] for call in control.calls()] in (["GetMetricData"], ["GetMetricData"] * 2)
    assert len(account_series(tokyo.account)) > 20
    # Within the same five minutes there is nothing new.
    control.forget_calls()
    tasks.read_account(tokyo.account.name)
    assert len(control.calls()) <= 1
    [gateway] = set(nat_gateways(tokyo))
    assert MetricDay.objects.filter(resource=gateway, metric="ErrorPortAllocation").exists()
    assert MetricDay.objects.filter(resource__contains="/", metric="TunnelState").count() >= 2


def test_the_last_hour_is_overwritten_and_what_is_older_is_not(tokyo: Endpoint, control: Control) -> None:
    play(control, tokyo, (5, "connect", "a"))
    read()
    control.set_metric(CONNECTIONS, 9, began_before=4 * 3600)
    read()
    stored = values(tokyo, 4)
    assert set(stored[:30]) == {1}
    assert set(stored[-8:]) == {9}


def test_an_outage_is_caught_up_and_a_gap_stays_a_gap(tokyo: Endpoint, control: Control) -> None:
    play(control, tokyo, (60, "connect", "a"), (59, "disconnect", "a"))
    control.set_metric(CONNECTIONS, None, began_before=10 * 3600)
    MetricSource.objects.create(account=tokyo.account, read_until=timezone.now() - timedelta(hours=50))
    read()
    stored = values(tokyo, 48)
    assert stored[0] == 0
    assert set(stored[-100:]) == {None}
    # What it has given once it doesn't take back.
    control.free_metrics()
    read()
    assert values(tokyo, 48)[0] == 0


@pytest.mark.parametrize(
    ("code", "error_id"),
    [
        ("AccessDenied", "aws-access-denied"),
        ("Throttling", "aws-throttled"),
        ("InternalFailure", "aws-unavailable"),
    ],
)
@pytest.mark.usefixtures("hurried")
def test_what_can_t_be_read_is_unknown_with_its_reason_and_keeps_what_was_read(
    tokyo: Endpoint, control: Control, code: str, error_id: str
) -> None:
    play(control, tokyo, (5, "connect", "a"))
    read()
    before = MetricDay.objects.count()
    control.fail("GetMetricData", code)
    read()
    source = MetricSource.objects.get(account=tokyo.account)
    assert (source.error_id, MetricDay.objects.count()) == (error_id, before)
    assert not state(tokyo).known
    assert state(tokyo).complete_until is None
    control.heal()
    read()
    assert state(tokyo).known


def test_switched_off_never_read_or_old_it_is_unknown_and_aws_is_not_asked(
    tokyo: Endpoint, control: Control, settings: Settings
) -> None:
    def reason() -> str:
        with translation.override("en"):
            return str(state(tokyo).reason)

    assert "haven't been read yet" in reason()
    read()
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert "lately" in reason()
    settings.VPN_SOURCES = ["certificates"]
    control.forget_calls()
    tasks.read_metrics()
    assert control.calls() == []
    assert "switched off" in reason()


def test_days_older_than_fifteen_months_are_deleted() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    for day in (date(2025, 8, 31), date(2025, 9, 1), date(2026, 11, 30)):
        MetricDay.objects.create(resource="cvpn-endpoint-1", metric=CONNECTIONS, day=day, values=[None] * 288)
    services.delete_old(now)
    assert sorted(MetricDay.objects.values_list("day", flat=True)) == [date(2025, 9, 1), date(2026, 11, 30)]
