"""CloudWatch and the log as two witnesses: they disagree, agree, blip, come late, or aren't both there."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from tests.vpn.connection_log.log_lines import ENDPOINT, ended, failed, keep, started
from tests.vpn.connection_log.stored_log import read_log
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.models import LogSource
from vpn.endpoints.models import AwsAccount, Endpoint, SiteToSiteVpn
from vpn.findings import (
    handler_errors,
    nat_errors,
    services,
    tunnel_down,
    unlogged_connections,
    unlogged_failures,
)
from vpn.findings.models import Finding
from vpn.findings.rules import RULES
from vpn.metrics.models import MetricDay, MetricSource
from vpn.metrics.services import position

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GATEWAY = "nat-0a1b2c3d4e5f60718"
TUNNEL = "203.0.113.77"
CONNECTIONS = "ActiveConnectionsCount"
FAILURES = "AuthenticationFailures"
TIMEOUTS = "ClientConnectHandlerTimeouts"
DETECT: dict[str, Callable[[datetime], Any]] = {
    module.KIND: module.detect
    for module in (unlogged_connections, unlogged_failures, handler_errors, nat_errors, tunnel_down)
}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def endpoint() -> Endpoint:
    """Its log and its metrics have been read up to now."""
    row = save_endpoint(
        endpoint_id=ENDPOINT,
        egress=[{"subnet_id": "subnet-1", "via": GATEWAY, "addresses": ["203.0.113.10"], "reasons": []}],
    )
    SiteToSiteVpn.objects.create(
        account=row.account,
        vpn_connection_id="vpn-1",
        name="office",
        state="available",
        tunnels=[{"outside_ip": TUNNEL, "status": "UP", "message": ""}],
        seen_at=NOW,
    )
    read_log()
    MetricSource.objects.create(account=row.account, read_until=NOW, seen_at=NOW, attempted_at=NOW)
    return Endpoint.objects.get(pk=row.pk)


def publish(metric: str, *values: float | None, resource: str = ENDPOINT, until: int = 20) -> None:
    """Points of five minutes, the last one of them ``until`` minutes ago."""
    empty: list[float | None] = [None] * 288
    row, _created = MetricDay.objects.get_or_create(
        resource=resource, metric=metric, day=NOW.date(), defaults={"values": empty}
    )
    last = position(NOW - timedelta(minutes=until)) - 1
    for number, value in enumerate(reversed(values)):
        row.values[last - number] = value
    row.save()


def found(kind: str) -> list[dict[str, Any]]:
    detected = DETECT[kind](NOW)
    assert detected is not None
    return [finding.evidence for finding in detected]


def at(minutes: int) -> str:
    return f"{NOW - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}"


def log_connection(number: int, *, began: int, left: int | None = None) -> None:
    """So many minutes ago."""
    times = {"connection_start_time": at(began)}
    keep([started(number, **times, connection_last_update_time=at(began))])
    if left is not None:
        keep([ended(number, at=at(left), **times)])


@pytest.mark.usefixtures("endpoint")
def test_people_who_come_and_go_while_the_log_is_silent_are_found() -> None:
    # Two are open by the log, which stopped telling of anything 100 minutes ago.
    log_connection(1, began=130)
    log_connection(2, began=100)
    publish(CONNECTIONS, *[2] * 10, 3, 4, 4, 2, 5, 5)
    [evidence] = found("unlogged-connections")
    assert evidence["connections"] == 5
    assert evidence["last_line"] == (NOW - timedelta(minutes=100)).isoformat()


@pytest.mark.usefixtures("endpoint")
def test_somebody_who_stays_connected_and_never_was_logged_is_found() -> None:
    publish(CONNECTIONS, *[1] * 6)
    assert len(found("unlogged-connections")) == 1
    # Half an hour with a gap is not half an hour.
    publish(CONNECTIONS, 1, 1, None, 1, 1, 1)
    assert found("unlogged-connections") == []


@pytest.mark.parametrize("values", [[2] * 14, [2] * 5 + [30] + [2] * 8, [2] * 5 + [None] * 3 + [2] * 6])
@pytest.mark.usefixtures("endpoint")
def test_a_steady_count_a_blip_and_a_gap_are_no_disagreement(values: list[float | None]) -> None:
    log_connection(1, began=130)
    log_connection(2, began=100)
    publish(CONNECTIONS, *values)
    assert found("unlogged-connections") == []


@pytest.mark.usefixtures("endpoint")
def test_a_log_that_tells_of_every_one_agrees() -> None:
    for number, minutes in enumerate((95, 60, 45, 30), 1):
        log_connection(number, began=minutes, left=minutes - 20)
    publish(CONNECTIONS, *[1, 0, 1, 2, 1, 0] * 2)
    assert found("unlogged-connections") == []


def test_of_an_endpoint_without_a_log_another_rule_tells(endpoint: Endpoint) -> None:
    Endpoint.objects.update(log_group="")
    publish(CONNECTIONS, *[1, 2] * 6)
    assert DETECT["unlogged-connections"](NOW) is None


@pytest.mark.usefixtures("endpoint")
def test_failed_sign_ins_that_no_line_tells_of_are_found() -> None:
    keep([failed(number, at=at(40)) for number in range(3)])
    publish(FAILURES, 0, 4, 0, 4, 0)
    assert found("unlogged-failures")[0]["failures"] == 8
    assert found("unlogged-failures")[0]["logged"] == 3
    # With a line each they agree; all at once is one client that tries again and again.
    keep([failed(number, at=at(40)) for number in range(3, 6)])
    assert found("unlogged-failures") == []
    publish(FAILURES, 0, 40, 0, 0, 0)
    assert found("unlogged-failures") == []


@pytest.mark.usefixtures("endpoint")
def test_a_handler_that_fails_again_and_again_is_found_with_how_it_fails() -> None:
    publish(TIMEOUTS, 0, 5, 0, 0)
    assert found("handler-errors") == []
    publish("ClientConnectHandlerThrottlingErrors", 0, 0, 2, 0)
    assert found("handler-errors")[0]["errors"] == {TIMEOUTS: 5, "ClientConnectHandlerThrottlingErrors": 2}
    publish("ClientConnectHandlerDeniedConnections", 9, 9, 9, 9)
    assert len(found("handler-errors")[0]["errors"]) == 2


@pytest.mark.parametrize(
    ("metric", "values", "is_found"),
    [
        ("ErrorPortAllocation", [0, 3, 0, 9, 0], True),
        ("ErrorPortAllocation", [0, 300, 0, 0, 0], False),
        ("PacketsDropCount", [1, 1, 2, 1, 3, 1, 0], True),
        ("PacketsDropCount", [0, 0, 0, 0, 3, 1, 2], False),
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_a_nat_gateway_that_goes_on_turning_connections_away_is_found(
    metric: str, values: list[float], is_found: bool
) -> None:
    publish(metric, *values, resource=GATEWAY)
    assert bool(found("nat-errors")) == is_found


@pytest.mark.parametrize(
    ("values", "is_found"), [([1, 0, 0, 0], True), ([1, 1, 0, 0], False), ([0, 0, None, 0], False)]
)
@pytest.mark.usefixtures("endpoint")
def test_a_tunnel_that_is_down_for_a_quarter_of_an_hour_is_found(
    values: list[float | None], is_found: bool
) -> None:
    publish("TunnelState", *values, resource=f"vpn-1/{TUNNEL}", until=15)
    assert bool(found("tunnel-down")) == is_found


def disagree() -> None:
    """All at once, as it could be for hours."""
    publish(CONNECTIONS, *[1, 2] * 10, until=5)
    publish(FAILURES, *[9] * 20, until=5)
    publish(TIMEOUTS, *[9] * 20, until=5)
    publish("ErrorPortAllocation", *[9] * 20, resource=GATEWAY, until=5)
    publish("TunnelState", *[0] * 20, resource=f"vpn-1/{TUNNEL}", until=5)


@pytest.mark.usefixtures("endpoint")
def test_what_is_newer_than_both_witnesses_have_is_not_judged_yet() -> None:
    for metric in (CONNECTIONS, FAILURES, TIMEOUTS):
        publish(metric, *[5, 9, 5], until=0)
    publish("ErrorPortAllocation", 9, 9, 9, resource=GATEWAY, until=0)
    publish("TunnelState", 0, 0, 0, resource=f"vpn-1/{TUNNEL}", until=0)
    assert {kind: found(kind) for kind in DETECT} == {kind: [] for kind in DETECT}


@pytest.mark.parametrize("unknown", ["off", "denied", "old", "never"])
@pytest.mark.usefixtures("endpoint")
def test_without_the_metrics_nothing_is_opened_or_called_over(unknown: str, settings: Settings) -> None:
    disagree()
    services.evaluate(DETECT)
    assert set(Finding.objects.filter(resolved_at=None).values_list("kind", flat=True)) == set(DETECT)
    match unknown:
        case "off":
            settings.VPN_SOURCES = []
        case "denied":
            MetricSource.objects.update(error_id="aws-access-denied")
        case "old":
            MetricSource.objects.update(read_until=NOW - timedelta(hours=1))
        case "never":
            MetricSource.objects.all().delete()
    MetricDay.objects.all().delete()
    assert {kind: DETECT[kind](NOW) for kind in DETECT} == dict.fromkeys(DETECT)
    services.evaluate(DETECT)
    assert Finding.objects.filter(resolved_at=None).count() == len(DETECT)
    assert "CloudWatch" in str(RULES["tunnel-down"].undecided)


@pytest.mark.parametrize("log", [{"error_id": "aws-throttled"}, {"read_until": NOW - timedelta(hours=1)}])
@pytest.mark.usefixtures("endpoint")
def test_a_log_that_could_not_be_read_is_no_witness(log: dict[str, Any]) -> None:
    disagree()
    LogSource.objects.update(**log)
    assert DETECT["unlogged-connections"](NOW) is None
    assert DETECT["unlogged-failures"](NOW) is None
    # The log has no say in these.
    assert len(found("handler-errors")) == len(found("nat-errors")) == len(found("tunnel-down")) == 1


@pytest.mark.usefixtures("endpoint")
def test_one_endpoint_that_can_t_be_judged_keeps_its_finding_while_another_is_judged() -> None:
    disagree()
    services.evaluate(["handler-errors"])
    osaka = AwsAccount.objects.get(name="osaka")
    save_endpoint("osaka-dr", account=osaka)
    MetricSource.objects.create(account=osaka, read_until=NOW, seen_at=NOW, attempted_at=NOW)
    MetricSource.objects.filter(account__name="tokyo").update(error_id="aws-access-denied")
    assert len(found("handler-errors")) == 1
