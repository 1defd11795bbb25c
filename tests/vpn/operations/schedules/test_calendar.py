"""When something is due, by a clock on a wall somewhere."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from vpn.operations.schedules.calendar import PAUSE, RESUME, Rhythm, due_between, next_due

TOKYO = Rhythm(time(20), time(8), frozenset(range(5)), "Asia/Tokyo", skips_holidays=True)
# A Wednesday
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("Asia/Tokyo"))


def shown(rhythm: Rhythm, after: datetime = NOON, most: int = 5) -> list[str]:
    zone = ZoneInfo(rhythm.zone)
    return [
        f"{run.at.astimezone(zone):%a %m-%d %H:%M} {run.kind.partition('-')[0]}"
        for run in next_due(rhythm, after, most)
    ]


def test_the_next_five_are_evenings_and_mornings_of_working_days() -> None:
    assert shown(TOKYO) == [
        "Wed 11-25 20:00 pause",
        "Thu 11-26 08:00 resume",
        "Thu 11-26 20:00 pause",
        "Fri 11-27 08:00 resume",
        "Fri 11-27 20:00 pause",
    ]


def test_a_weekend_is_one_long_night() -> None:
    friday = datetime(2026, 11, 27, 21, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert shown(TOKYO, friday, 2) == ["Mon 11-30 08:00 resume", "Mon 11-30 20:00 pause"]


def test_a_public_holiday_is_no_working_day_unless_it_is_to_be_one() -> None:
    """Labour Thanksgiving Day, a Monday."""
    sunday = datetime(2026, 11, 22, tzinfo=UTC)
    assert shown(TOKYO, sunday, 1) == ["Tue 11-24 08:00 resume"]
    assert shown(replace(TOKYO, skips_holidays=False), sunday, 1) == ["Mon 11-23 08:00 resume"]


def test_substitute_holidays_count() -> None:
    """3 May 2026 is a Sunday: the Wednesday after the other two holidays is free instead."""
    assert shown(TOKYO, datetime(2026, 5, 1, 12, tzinfo=UTC), 1) == ["Thu 05-07 08:00 resume"]


def test_days_of_one_s_own_are_skipped() -> None:
    closed = frozenset(date(2026, 12, 28) + timedelta(days=number) for number in range(7))
    rhythm = replace(TOKYO, skips_holidays=False, skipped_days=closed)
    assert shown(rhythm, datetime(2026, 12, 27, tzinfo=UTC), 1) == ["Mon 01-04 08:00 resume"]


def test_only_what_has_a_time_is_due() -> None:
    assert {run.kind for run in next_due(replace(TOKYO, resume_at=None), NOON, 9)} == {PAUSE}
    assert {run.kind for run in next_due(replace(TOKYO, pause_at=None), NOON, 9)} == {RESUME}


def test_the_moment_itself_belongs_to_what_ends_with_it() -> None:
    at = datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert [run.at for run in due_between(TOKYO, at - timedelta(seconds=1), at)] == [at]
    assert due_between(TOKYO, at, at + timedelta(seconds=1)) == []


def test_no_moment_is_lost_or_doubled_between_looks() -> None:
    """Half a year, looked at in pieces of odd lengths, across both changes of the clock."""
    rhythm = Rhythm(time(2, 30), time(1, 30), frozenset(range(7)), "Europe/Berlin")
    start = datetime(2026, 9, 1, tzinfo=UTC)
    end = start + timedelta(days=240)
    pieces, at = [], start
    while at < end:
        pieces += due_between(rhythm, at, min(at + timedelta(hours=7, minutes=13), end))
        at += timedelta(hours=7, minutes=13)
    assert pieces == due_between(rhythm, start, end)
    assert len(pieces) == len(set(pieces)) == 480


def test_a_time_that_the_clock_jumps_over_is_as_much_later() -> None:
    """29 March 2026, Berlin: 02:00 becomes 03:00."""
    rhythm = Rhythm(time(2, 30), None, frozenset(range(7)), "Europe/Berlin")
    runs = next_due(rhythm, datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert [run.at for run in runs] == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


def test_a_time_that_comes_twice_is_due_once() -> None:
    """25 October 2026, Berlin: 03:00 becomes 02:00."""
    rhythm = Rhythm(time(2, 30), None, frozenset(range(7)), "Europe/Berlin")
    runs = next_due(rhythm, datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert [run.at for run in runs] == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Lord_Howe"])
def test_eight_in_the_morning_stays_eight_in_the_morning(zone: str) -> None:
    rhythm = Rhythm(None, time(8), frozenset(range(7)), zone)
    runs = due_between(rhythm, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert {run.at.astimezone(ZoneInfo(zone)).time() for run in runs} == {time(8)}
    assert len(runs) == 365


def test_a_calendar_without_any_day_ends() -> None:
    closed = frozenset(date(2026, 1, 1) + timedelta(days=number) for number in range(800))
    assert next_due(replace(TOKYO, skipped_days=closed), NOON, 5) == []
