"""The sums by day are those of the rows, whatever changed and however often it is counted."""

from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from portal.locks import AdvisoryLock
from tests.vpn.connection_log.log_lines import assertion_received, ended, failed, keep, started, waiting
from vpn.connection_log.models import ChangedDay, Connection, ConnectionStatus, ConnectionUser
from vpn.connection_summary import queries
from vpn.connection_summary.models import (
    ALL,
    Extreme,
    PersonDay,
    PersonMonth,
    PersonSpan,
    SummaryDay,
)
from vpn.connection_summary.ranges import RangePreset, preset_range
from vpn.connection_summary.services import recount

pytestmark = pytest.mark.django_db
OTHER = "cvpn-endpoint-0ffffffffffffffff"
# Tokyo's 20 November begins at 15:00 UTC on the 19th.
LINES = [
    started(
        1, connection_start_time="2026-11-19 14:59:59", connection_last_update_time="2026-11-19 14:59:59"
    ),
    ended(1, connection_start_time="2026-11-19 14:59:59", at="2026-11-19 16:00:00"),
    started(
        2, connection_start_time="2026-11-19 15:00:00", connection_last_update_time="2026-11-19 15:00:00"
    ),
    ended(2, connection_start_time="2026-11-19 15:00:00", at="2026-11-19 15:30:00", ingress_bytes="5000"),
    started(3, username="kato@example.co.jp", client_vpn_endpoint_id=OTHER),
    ended(3, username="kato@example.co.jp", client_vpn_endpoint_id=OTHER),
    started(
        4, connection_start_time="2026-11-20 02:00:00", connection_last_update_time="2026-11-20 02:00:00"
    ),
    failed(5, at="2026-11-20 03:00:00"),
    failed(6, at="2026-11-20 03:01:00", reason="client-connect-failed"),
    waiting(7, at="2026-11-20 05:00:00"),
    waiting(8, at="2026-11-20 00:59:50", device_ip="192.0.2.77"),
    assertion_received(8, at="2026-11-20 00:59:58", device_ip="192.0.2.77"),
]
DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel("2026-11-21T03:00:00Z", tick=False):
        yield


def day(endpoint_id: str = ALL, when: date = DAY) -> SummaryDay:
    return SummaryDay.objects.get(day=when, endpoint_id=endpoint_id)


def everything() -> list[Any]:
    tables = (SummaryDay, PersonDay, PersonMonth, PersonSpan, Extreme)
    return [sorted(map(str, table.objects.values_list())) for table in tables]


def test_a_day_is_that_of_the_portals_time_zone() -> None:
    keep(LINES)
    recount()
    assert (day(when=date(2026, 11, 19)).connected, day().connected) == (1, 3)


def test_the_sums_are_those_of_the_rows() -> None:
    keep(LINES)
    recount()
    zone = timezone.get_default_timezone()
    for summary in SummaryDay.objects.all():
        rows = [
            row
            for row in Connection.objects.exclude(status=ConnectionStatus.SIGN_IN)
            if row.at.astimezone(zone).date() == summary.day and summary.endpoint_id in {ALL, row.endpoint_id}
        ]
        connected = [row for row in rows if row.status in {ConnectionStatus.OPEN, ConnectionStatus.ENDED}]
        assert summary.connected == len(connected)
        assert summary.failed == sum(row.status == ConnectionStatus.FAILED for row in rows)
        assert summary.unfinished == sum(row.status == ConnectionStatus.UNFINISHED for row in rows)
        assert summary.seconds == sum(row.duration_seconds or 0 for row in connected)
        assert summary.ingress_bytes == sum(row.ingress_bytes for row in rows)
        assert summary.people == len({row.user_id for row in connected})
        hours = Counter(row.at.astimezone(zone).hour for row in rows)
        assert summary.hours == [hours[hour] for hour in range(24)]
    assert day().failures == {
        "authorization-policy-deny": 1,
        "client-connect-failed": 1,
        "waiting-for-assertion": 1
        + Connection.objects.filter(status=ConnectionStatus.UNFINISHED, seen=12).count(),
    }


def test_the_peak_counts_who_came_the_day_before_and_is_still_there() -> None:
    keep(LINES)
    recount()
    # 1 lasts until 01:00 in Tokyo, 2 begins at midnight.
    assert (day().peak, timezone.localtime(day().peak_at).hour) == (2, 0)
    # 3 ends at 11:30 on the other endpoint, 4 begins at 11:00 here.
    assert day(OTHER).peak == 1


def test_one_who_leaves_when_another_comes_is_not_there_at_the_same_time() -> None:
    keep(
        [
            started(1),
            ended(1),
            started(2, connection_start_time="2026-11-20 02:30:00"),
        ]
    )
    recount()
    assert day().peak == 1


def test_an_end_before_the_beginning_takes_nobody_else_away() -> None:
    keep([started(1, connection_start_time="2026-11-20 02:30:00"), ended(1, at="2026-11-20 00:30:00")])
    for number, begin in ((2, "00:45"), (3, "00:50")):
        keep([ended(number, at="2026-11-20 02:00:00", connection_start_time=f"2026-11-20 {begin}:00")])
    recount()
    assert day().peak == 2


def test_a_connection_whose_end_was_never_logged_counts_for_a_day_at_most() -> None:
    keep(
        [
            started(
                1,
                connection_start_time="2026-11-18 16:00:00",
                connection_last_update_time="2026-11-18 16:00:00",
            )
        ]
    )
    keep(
        [
            started(
                2,
                connection_start_time="2026-11-20 10:00:00",
                connection_last_update_time="2026-11-20 10:00:00",
            )
        ]
    )
    recount()
    assert day(when=date(2026, 11, 19)).peak == 1
    assert day().peak == 1


def test_people_have_their_time_and_their_traffic() -> None:
    keep(LINES)
    recount()
    people = dict(ConnectionUser.objects.values_list("pk", "username"))
    rows = PersonDay.objects.filter(day=DAY).values_list("user_id", "connections", "seconds", "ingress_bytes")
    assert sorted((people[user], *rest) for user, *rest in rows) == [
        ("kato@example.co.jp", 1, 5400, 1000),
        ("tanaka@example.co.jp", 2, 1800, 5000),
    ]


def test_the_ten_longest_and_the_ten_largest_of_a_day_are_kept() -> None:
    for number in range(1, 31):
        end, size = f"2026-11-20 02:{59 - number:02}:00", str(1000 * number)
        keep([ended(number, connection_start_time="2026-11-20 01:00:00", at=end, ingress_bytes=size)])
    recount()
    kept = Extreme.objects.filter(day=DAY)
    assert kept.count() == 20
    assert kept.order_by("-seconds")[0].connection_id.endswith("1")
    assert kept.order_by("-bytes")[0].connection_id.endswith("1e")


def test_counting_again_and_storing_again_change_nothing() -> None:
    keep(LINES)
    assert recount() == 4
    once = everything()
    assert recount() == 0
    keep(LINES)
    assert (recount(), ChangedDay.objects.count()) == (0, 0)
    ChangedDay.objects.create(day=DAY)
    assert recount() == 2
    assert everything() == once


@pytest.mark.parametrize("cut", range(1, len(LINES)))
def test_whatever_is_stored_after_a_count_comes_to_the_same(cut: int) -> None:
    keep(LINES)
    recount()
    expected = everything()
    with connection.cursor() as cursor:
        # People keep their numbers.
        cursor.execute("TRUNCATE vpn_connection, vpn_connectionevent, vpn_connectiontally, vpn_failuretally")
        cursor.execute("TRUNCATE vpn_summaryday, vpn_personday, vpn_personmonth, vpn_personspan, vpn_extreme")
    keep(LINES[cut:])
    recount()
    keep(LINES[:cut])
    recount()
    assert [part for part in everything() if part] == [part for part in expected if part]


def test_months_that_are_over_are_summed_and_forgotten_when_one_of_their_days_changes() -> None:
    keep(
        [
            started(
                1,
                connection_start_time="2026-10-05 01:00:00",
                connection_last_update_time="2026-10-05 01:00:00",
            )
        ]
    )
    recount()
    assert list(PersonMonth.objects.values_list("month", "connections")) == [(date(2026, 10, 1), 1)]
    keep(
        [
            started(
                2,
                connection_start_time="2026-10-06 01:00:00",
                connection_last_update_time="2026-10-06 01:00:00",
            )
        ]
    )
    recount()
    assert list(PersonMonth.objects.values_list("month", "connections")) == [(date(2026, 10, 1), 2)]


def people(preset: RangePreset) -> list[tuple[str, int, int]]:
    top = queries.people(preset_range(preset, today=date(2026, 11, 21)))
    return [(person.username, person.connections, person.seconds) for person in top.by_seconds]


def test_a_range_is_summed_from_its_span_and_the_days_after_it() -> None:
    began = [("2026-11-20 01:00:00", 1), ("2026-11-16 01:00:00", 2), ("2026-10-30 01:00:00", 3)]
    began += [("2026-10-01 01:00:00", 4), ("2026-02-01 01:00:00", 5), ("2025-01-01 01:00:00", 6)]
    for moment, number in began:
        end = moment.replace("01:00", "02:00")
        keep(
            [
                ended(number, connection_start_time=moment, at=end),
                started(number, connection_start_time=moment),
            ]
        )
    recount()
    expected = {
        RangePreset.WEEK: [("tanaka@example.co.jp", 2, 7200)],
        RangePreset.MONTH: [("tanaka@example.co.jp", 2, 7200)],
        RangePreset.DAYS_30: [("tanaka@example.co.jp", 3, 10800)],
        RangePreset.LAST_MONTH: [("tanaka@example.co.jp", 2, 7200)],
        RangePreset.LONG: [("tanaka@example.co.jp", 5, 18000)],
    }
    assert PersonSpan.objects.count() == 5
    assert {preset: people(preset) for preset in RangePreset} == expected
    PersonSpan.objects.all().delete()
    assert {preset: people(preset) for preset in RangePreset} == expected
    PersonMonth.objects.all().delete()
    assert {preset: people(preset) for preset in RangePreset} == expected


def test_a_span_is_forgotten_when_a_day_of_it_changes_or_tomorrow_comes() -> None:
    moment = {"connection_start_time": "2026-11-16 01:00:00"}
    keep([ended(1, **moment, at="2026-11-16 02:00:00")])
    recount()
    assert people(RangePreset.WEEK) == [("tanaka@example.co.jp", 1, 3600)]
    keep([ended(2, **moment, at="2026-11-16 02:00:00")])
    recount()
    assert people(RangePreset.WEEK) == [("tanaka@example.co.jp", 2, 7200)]
    spans = set(PersonSpan.objects.values_list("first", "last"))
    with time_machine.travel("2026-11-22T03:00:00Z", tick=False):
        recount()
        assert (date(2026, 11, 16), date(2026, 11, 19)) in set(
            PersonSpan.objects.values_list("first", "last")
        )
        assert (date(2026, 11, 15), date(2026, 11, 18)) in spans
        assert not PersonSpan.objects.filter(first=date(2026, 11, 15)).exists()


def test_when_the_time_runs_out_the_newest_days_are_there_and_the_rest_still_waits() -> None:
    keep([*LINES, ended(9, connection_start_time="2026-11-21 15:30:00", at="2026-11-21 15:40:00")])
    assert recount(seconds=0) == 1
    assert list(SummaryDay.objects.values_list("day", flat=True).distinct()) == [date(2026, 11, 22)]
    assert ChangedDay.objects.exists()
    assert recount() == 4
    assert not ChangedDay.objects.exists()


def test_in_another_time_zone_the_days_are_counted_anew() -> None:
    keep(LINES)
    recount()
    with override_settings(TIME_ZONE="UTC"):
        recount()
        assert set(SummaryDay.objects.values_list("zone", flat=True)) == {"UTC"}
        assert (day(when=date(2026, 11, 19)).connected, day().connected) == (2, 2)
    assert settings.TIME_ZONE == "Asia/Tokyo"


def test_sums_live_no_longer_than_the_log() -> None:
    keep(LINES)
    recount()
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=timezone.get_default_timezone()), tick=False):
        with override_settings(LOG_RETENTION_DAYS=1):
            recount()
        assert set(SummaryDay.objects.values_list("day", flat=True)) == {
            date(2026, 11, 20),
            date(2026, 11, 21),
        }
        assert not PersonDay.objects.filter(day__lt=date(2026, 11, 20)).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_counts() -> None:
    keep(LINES)
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.SUMMARY])
        assert recount() == 0
        other.execute("SELECT pg_advisory_unlock(%s)", [AdvisoryLock.SUMMARY])
        other.connection.close()
    assert recount() == 4
