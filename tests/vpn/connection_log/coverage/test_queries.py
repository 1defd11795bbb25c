"""What the stored log can answer for: nothing else may be called "nobody"."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation
from pytest_django import Settings

from tests.vpn.connection_log.log_lines import ended, keep, started
from tests.vpn.connection_log.stored_log import GROUP, moment, read_log
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.coverage.queries import LogCoverage, coverage
from vpn.connection_log.coverage.texts import gap_texts, may_be_in_cloudwatch, stored_text
from vpn.connection_log.models import LogSource, LostLog
from vpn.endpoints.logging_periods import record_logging
from vpn.endpoints.models import AwsAccount, Endpoint, LoggingPeriod

pytestmark = pytest.mark.django_db

FIRST = "2026-11-20 01:00:00"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def endpoint() -> Endpoint:
    """First seen on the 25th; its log, which has been read until now, begins on the 20th."""
    saved = save_endpoint("tokyo-main")
    Endpoint.objects.update(first_seen_at=moment("2026-11-25"))
    saved.refresh_from_db()
    keep([started(1, client_vpn_endpoint_id=saved.endpoint_id)])
    read_log()
    return Endpoint.objects.get()


def reasons(since: str, until: str | datetime) -> list[tuple[str, str, str]]:
    """Reason, beginning and end of each gap."""
    end = until if isinstance(until, datetime) else moment(until)
    return [
        (gap.reason.value, f"{gap.since:%m-%d %H:%M}", f"{gap.until:%m-%d %H:%M}")
        for gap in coverage(moment(since), end).gaps
    ]


def asked(since: str, until: str) -> LogCoverage:
    return coverage(moment(since), moment(until))


def test_between_the_first_line_and_the_newest_reading_everything_is_known(endpoint: Endpoint) -> None:
    stored = asked("2026-11-21", "2026-11-28")
    assert (stored.complete, stored.nothing, stored.gaps) == (True, False, ())
    assert stored.stored_from == moment(FIRST)
    assert not may_be_in_cloudwatch(stored)


def test_before_the_first_line_nothing_is_known(endpoint: Endpoint) -> None:
    stored = asked("2020-01-01 10:00", "2020-01-01 10:05")
    assert (stored.complete, stored.nothing, stored.stored_from) == (False, True, moment(FIRST))
    assert gap_texts(stored.gaps) == ["tokyo-main: nothing is stored from before 2026-11-20 10:00:00."]
    assert may_be_in_cloudwatch(stored)


def test_a_range_that_begins_too_early_is_known_in_part(endpoint: Endpoint) -> None:
    stored = asked("2026-11-19", "2026-11-21")
    assert (stored.complete, stored.nothing) == (False, False)
    assert reasons("2026-11-19", "2026-11-21") == [("before", "11-19 00:00", "11-20 01:00")]


def test_a_connection_known_by_its_end_alone_does_not_prove_that_its_beginning_was_logged() -> None:
    endpoint = save_endpoint("tokyo-main")
    ours = {"client_vpn_endpoint_id": endpoint.endpoint_id}
    keep(
        [
            ended(1, at="2026-11-20 03:00:00", connection_start_time="2026-11-19 12:00:00", **ours),
            started(2, **ours, connection_start_time="2026-11-20 03:10:00"),
        ]
    )
    read_log()
    assert asked("2026-11-19", "2026-11-21").stored_from == moment("2026-11-20 03:10")


def test_what_is_older_than_is_kept_is_not_known(endpoint: Endpoint, settings: Settings) -> None:
    settings.LOG_RETENTION_DAYS = 1
    first = (timezone.now() - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    Endpoint.objects.update(first_seen_at=first - timedelta(days=90))
    stored = coverage(first - timedelta(days=2), first - timedelta(days=1))
    assert [gap.reason for gap in stored.gaps] == ["before"]
    assert stored.stored_from == first


def test_the_last_minutes_may_still_be_on_their_way(endpoint: Endpoint) -> None:
    now = timezone.now()
    assert coverage(now - timedelta(hours=1), now - timedelta(minutes=11)).complete
    stored = coverage(now - timedelta(minutes=5), now)
    assert stored.only_recent
    assert (stored.nothing, stored.warnings) == (True, ())
    assert gap_texts(stored.gaps) == ["Connections of the last minutes may not be in the log yet."]


def test_what_is_newer_than_the_newest_reading_is_not_known(endpoint: Endpoint) -> None:
    read_log(until=moment("2026-11-28"))
    assert asked("2026-11-27", "2026-11-27 23:50").complete
    assert reasons("2026-11-27", "2026-11-28 12:00") == [("behind", "11-27 23:50", "11-28 12:00")]


def test_what_aws_refuses_to_show_is_not_known_and_the_reason_is_said(endpoint: Endpoint) -> None:
    read_log(until=moment("2026-11-28"), error_id="aws-access-denied")
    stored = asked("2026-11-28 12:00", "2026-11-28 13:00")
    assert [gap.reason for gap in stored.gaps] == ["read-failed"]
    [sentence] = gap_texts(stored.gaps)
    assert "logs:FilterLogEvents" in sentence


def test_a_log_group_that_was_never_read_tells_nothing(endpoint: Endpoint) -> None:
    LogSource.objects.update(read_until=None, error_id="aws-log-class")
    stored = asked("2026-11-26", "2026-11-27")
    assert (stored.nothing, [gap.reason for gap in stored.gaps]) == (True, ["read-failed"])
    assert "class Standard" in gap_texts(stored.gaps)[0]
    LogSource.objects.all().delete()
    assert [gap.reason for gap in asked("2026-11-26", "2026-11-27").gaps] == ["never-read"]
    assert stored_text(asked("2026-11-26", "2026-11-27")) == "No connection log is stored."


def test_an_account_that_was_never_seen_may_have_endpoints(endpoint: Endpoint) -> None:
    AwsAccount.objects.filter(name="osaka").update(seen_at=None)
    stored = asked("2026-11-26", "2026-11-27")
    assert [(gap.reason, gap.labels) for gap in stored.gaps] == [("never-read", ("osaka",))]
    ours = coverage(moment("2026-11-26"), moment("2026-11-27"), endpoint_ids=[endpoint.endpoint_id])
    assert ours.complete


def test_while_an_endpoint_logged_nothing_nothing_is_known(endpoint: Endpoint) -> None:
    LoggingPeriod.objects.create(
        endpoint=endpoint, log_group=GROUP, since=moment("2026-11-25"), until=moment("2026-11-26")
    )
    LoggingPeriod.objects.create(
        endpoint=endpoint, log_group="", since=moment("2026-11-26"), until=moment("2026-11-27")
    )
    LoggingPeriod.objects.create(endpoint=endpoint, log_group=GROUP, since=moment("2026-11-27"))
    assert reasons("2026-11-21", "2026-11-28") == [("not-logged", "11-26 00:00", "11-27 00:00")]
    assert asked("2026-11-26 10:00", "2026-11-26 11:00").nothing


def test_an_endpoint_that_never_logged_is_not_empty() -> None:
    save_endpoint("tokyo-main", log_group="")
    Endpoint.objects.update(first_seen_at=moment("2026-11-01"))
    read_log()
    Endpoint.objects.update(log_group="")
    stored = asked("2026-11-26", "2026-11-27")
    assert (stored.nothing, [gap.reason for gap in stored.gaps]) == (True, ["not-logged"])


def test_what_was_logged_while_the_log_group_was_gone_is_lost(endpoint: Endpoint) -> None:
    source = LogSource.objects.get(account=endpoint.account)
    LostLog.objects.create(source=source, since=moment("2026-11-26"), until=moment("2026-11-27"))
    assert reasons("2026-11-25", "2026-11-28") == [("lost", "11-26 00:00", "11-27 00:00")]
    assert not may_be_in_cloudwatch(asked("2026-11-26", "2026-11-27"))


def test_before_aws_made_an_endpoint_and_after_it_was_gone_nobody_can_have_connected(
    endpoint: Endpoint,
) -> None:
    save_endpoint("osaka-dr", created_at=moment("2026-11-27"), vanished_at=moment("2026-11-29"))
    Endpoint.objects.filter(label="osaka-dr").update(first_seen_at=moment("2026-11-27 00:01"))
    read_log()
    assert asked("2026-11-26", "2026-11-26 23:00").complete
    assert reasons("2026-11-26", "2026-11-30") == [("before", "11-27 00:00", "11-27 00:01")]
    assert asked("2026-11-29", "2026-11-30").complete


def test_what_was_made_before_anybody_watched_may_have_had_predecessors(endpoint: Endpoint) -> None:
    """The first endpoint that was seen is from the 19th; an older one may have been deleted by then."""
    Endpoint.objects.update(created_at=moment("2026-11-19"))
    assert asked("2026-11-01", "2026-11-18").nothing


def test_a_creation_that_the_log_contradicts_is_not_believed(endpoint: Endpoint) -> None:
    for made_at in ("2026-11-26", "2026-11-25"):
        Endpoint.objects.update(created_at=moment(made_at))
        assert asked("2026-11-01", "2026-11-18").nothing


def test_what_is_to_come_is_not_known(endpoint: Endpoint) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    stored = coverage(tomorrow, tomorrow + timedelta(minutes=1))
    assert [gap.reason for gap in stored.gaps] == ["future"]
    midnight = coverage(timezone.now() - timedelta(hours=1), tomorrow)
    assert [gap.reason for gap in midnight.gaps] == ["recent"]


def test_without_any_endpoint_nothing_is_known() -> None:
    read_log()
    stored = asked("2026-11-26", "2026-11-27")
    assert (stored.complete, stored.nothing) == (False, True)
    assert gap_texts(stored.gaps) == ["No endpoint is known yet, and no connection log has been read."]


def test_the_same_gap_of_two_endpoints_is_one_sentence(endpoint: Endpoint) -> None:
    save_endpoint("osaka-dr", log_group=GROUP)
    Endpoint.objects.update(first_seen_at=moment("2026-11-25"), created_at=moment("2026-11-01"))
    read_log(until=moment("2026-11-28"))
    assert gap_texts(asked("2026-11-28", "2026-11-29").gaps) == [
        "osaka-dr, tokyo-main: /vpn/all has only been read until 2026-11-28 09:00:00."
    ]


def test_each_snapshot_notes_where_the_log_goes() -> None:
    endpoint = save_endpoint("tokyo-main", log_group=GROUP)
    at = endpoint.first_seen_at
    for minutes, group in ((0, GROUP), (1, GROUP), (2, ""), (3, ""), (4, "/vpn/new")):
        endpoint.log_group = group
        record_logging(endpoint, at + timedelta(minutes=minutes))
    assert [
        (period.log_group, period.since - at, period.until and period.until - at)
        for period in LoggingPeriod.objects.order_by("since")
    ] == [
        (GROUP, timedelta(0), timedelta(minutes=2)),
        ("", timedelta(minutes=2), timedelta(minutes=4)),
        ("/vpn/new", timedelta(minutes=4), None),
    ]
