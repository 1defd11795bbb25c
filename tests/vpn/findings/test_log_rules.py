"""The log: written, read, readable; and failures that rise, or only seem to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.vpn.connection_log.log_lines import ENDPOINT, failed, keep, started
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.models import LogSource, UnreadableLine
from vpn.endpoints.models import Endpoint
from vpn.findings import endpoint_broken, failures_rising, log_behind, logging_off, unreadable_rising
from vpn.operations.concurrency import compute_lock_range
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def fail(count: int, *, days_ago: int = 0, first: int = 1, **fields: Any) -> None:
    moment = f"{NOW - timedelta(days=days_ago, hours=1):%Y-%m-%d %H:%M:%S}"
    keep([failed(first + number, at=moment, **fields) for number in range(count)])


@pytest.fixture
def month_of_log() -> None:
    keep(
        [
            started(
                9999,
                connection_start_time="2026-10-01 00:00:00",
                connection_last_update_time="2026-10-01 00:00:00",
            )
        ]
    )


@pytest.mark.usefixtures("month_of_log")
def test_failures_that_rise_are_found_with_their_commonest_reason() -> None:
    save_endpoint(endpoint_id=ENDPOINT)
    for week in range(1, 5):
        fail(10, days_ago=7 * week, first=1000 * week)
    fail(15)
    fail(10, first=100, reason="client-connect-failed")
    findings = failures_rising.detect(NOW)
    assert findings is not None
    [finding] = findings
    assert (
        finding.subject,
        finding.evidence["failures"],
        finding.evidence["usual"],
        finding.evidence["reason"],
    ) == (
        "tokyo-main",
        25,
        10.0,
        "authorization-policy-deny",
    )


@pytest.mark.usefixtures("month_of_log")
@pytest.mark.parametrize(
    ("now", "before"),
    [
        (19, 0),  # too few to mean anything
        (39, 20),  # not twice as many
    ],
)
def test_failures_that_do_not_rise_are_not_found(now: int, before: int) -> None:
    for week in range(1, 5):
        fail(before, days_ago=7 * week, first=1000 * week)
    fail(now)
    assert failures_rising.detect(NOW) == []


@pytest.mark.usefixtures("month_of_log")
def test_another_endpoint_and_another_day_of_the_week_do_not_count() -> None:
    for days_ago in range(1, 7):
        fail(50, days_ago=days_ago, first=1000 * days_ago)
    fail(50, first=8000, client_vpn_endpoint_id="cvpn-endpoint-other")
    findings = failures_rising.detect(NOW)
    assert findings is not None
    assert [finding.subject for finding in findings] == ["cvpn-endpoint-other"]


def test_a_log_of_less_than_a_week_can_not_tell() -> None:
    fail(50)
    assert failures_rising.detect(NOW) is None


def test_with_a_log_of_eight_days_one_week_is_compared() -> None:
    fail(30, days_ago=8, first=500)
    fail(50)
    findings = failures_rising.detect(NOW)
    assert findings is not None
    assert [finding.evidence["weeks"] for finding in findings] == [1]


def test_an_endpoint_that_is_not_logged_is_found() -> None:
    save_endpoint("silent")
    save_endpoint("logged", log_group="/vpn")
    save_endpoint("gone", vanished_at=NOW)
    save_endpoint("unseen", seen_at=None)
    assert [finding.subject for finding in logging_off.detect(NOW)] == ["silent"]


def source(read: timedelta | None, **fields: Any) -> LogSource:
    endpoint = Endpoint.objects.get()
    Endpoint.objects.update(first_seen_at=NOW - timedelta(days=1))
    seen_at = NOW - read if read else None
    return LogSource.objects.create(account=endpoint.account, log_group="/vpn", seen_at=seen_at, **fields)


@pytest.mark.parametrize(
    ("read", "count"),
    [(timedelta(minutes=16), 1), (timedelta(minutes=14), 0), (None, 1)],
)
def test_a_log_group_that_was_not_read_lately_is_found(read: timedelta | None, count: int) -> None:
    save_endpoint(log_group="/vpn")
    source(read, error_id="aws-denied")
    assert [finding.subject for finding in log_behind.detect(NOW)] == ["/vpn"] * count


def test_a_log_group_that_was_never_read_is_found_once_and_not_at_first_sight() -> None:
    save_endpoint("a", log_group="/vpn")
    save_endpoint("b", log_group="/vpn")
    assert log_behind.detect(NOW) == []
    Endpoint.objects.update(first_seen_at=NOW - timedelta(minutes=20))
    [finding] = log_behind.detect(NOW)
    assert finding.evidence["read_at"] == ""


def lines(count: int, *, ago: timedelta, problem: str = "not-json") -> None:
    with time_machine.travel(NOW - ago, tick=False):
        UnreadableLine.objects.bulk_create(
            UnreadableLine(problem=problem, digest=hash((ago, problem, number)), raw="x")
            for number in range(count)
        )


def test_unreadable_lines_that_rise_are_found() -> None:
    lines(20, ago=timedelta(hours=1))
    lines(1, ago=timedelta(hours=1), problem="time")
    lines(14, ago=timedelta(days=3))
    [finding] = unreadable_rising.detect(NOW)
    assert finding.evidence == {"lines": 21, "usual": 2.0, "problems": ["not-json", "time"]}


@pytest.mark.parametrize(("now", "before"), [(9, 0), (30, 7 * 16)])
def test_a_few_or_as_many_as_usual_are_not(now: int, before: int) -> None:
    lines(now, ago=timedelta(hours=1))
    lines(before, ago=timedelta(days=3))
    assert unreadable_rising.detect(NOW) == []


def test_an_endpoint_that_people_cannot_use_is_found() -> None:
    save_endpoint("closed", status="pending-associate")
    save_endpoint("no address", egress_ips=[])
    save_endpoint("gone", vanished_at=NOW - timedelta(days=29))
    found = {row.subject: row.evidence["trouble"] for row in endpoint_broken.detect(NOW)}
    assert found == {"closed": "closed", "no address": "no-egress", "gone": "gone"}


def test_what_works_was_meant_or_nobody_used_is_no_broken_endpoint() -> None:
    save_endpoint("works")
    save_endpoint("standby", status="pending-associate", configuration="")
    save_endpoint("transit", egress_ips=[], egress_known_at=None)
    save_endpoint("long gone", vanished_at=NOW - timedelta(days=31))
    paused = save_endpoint("paused", status="pending-associate", configuration_seen_at=NOW)
    Operation.objects.create(
        number=1,
        kind="pause-endpoint",
        endpoint=paused,
        status=OperationStatus.SUCCEEDED,
        finished_at=NOW,
        lock_range=compute_lock_range(paused.pk, ""),
    )
    assert endpoint_broken.detect(NOW) == []
