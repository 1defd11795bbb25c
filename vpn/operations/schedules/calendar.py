"""When a schedule's operations are due: pure, but for the list of public holidays.

Times are those of a wall clock in a time zone. Where the clock is put forward over a time, that run is as much later
as the clock was put; where it is put back, the run is at the first of the two.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count, islice
from typing import Final
from zoneinfo import ZoneInfo

PAUSE: Final = "pause-endpoint"
RESUME: Final = "resume-endpoint"
WORKING_DAYS: Final = (0, 1, 2, 3, 4)
# A calendar whose every day is skipped must end the search.
HORIZON: Final = timedelta(days=370)


@dataclass(frozen=True)
class Rhythm:
    """``weekdays``: 0 is Monday. A time that is None is never due."""

    pause_at: time | None
    resume_at: time | None
    weekdays: frozenset[int]
    zone: str
    skips_holidays: bool = False
    skipped_days: frozenset[date] = frozenset()


@dataclass(frozen=True, order=True)
class DueRun:
    """``at`` is in UTC; ``kind`` is the slug of an operation's kind."""

    at: datetime
    kind: str


def due_between(rhythm: Rhythm, after: datetime, until: datetime) -> list[DueRun]:
    """Later than ``after`` and not later than ``until``, in order."""
    zone = ZoneInfo(rhythm.zone)
    first = after.astimezone(zone).date() - timedelta(days=1)
    days = (until.astimezone(zone).date() - first).days + 1
    found = (one for offset in range(days + 1) for one in _of_day(rhythm, first + timedelta(days=offset)))
    return sorted(one for one in found if after < one.at <= until)


def next_due(rhythm: Rhythm, after: datetime, most: int) -> list[DueRun]:
    """The next ones, at most ``most``; fewer, where a year has no more."""
    return list(islice(_from(rhythm, after), most))


@cache
def public_holidays() -> Container[date]:
    """By law of Japan, with substitute holidays; the library reckons each year when it is first asked for."""
    # It reads the calendars of all countries: a fifth of what a process takes to start, and few need it.
    import holidays

    return holidays.country_holidays("JP")


def _from(rhythm: Rhythm, after: datetime) -> Iterator[DueRun]:
    for number in count():
        since = after + timedelta(days=7 * number)
        if since - after > HORIZON:
            return
        yield from due_between(rhythm, since, since + timedelta(days=7))


def _of_day(rhythm: Rhythm, day: date) -> Iterator[DueRun]:
    if not is_on(rhythm, day):
        return
    for kind, at in ((PAUSE, rhythm.pause_at), (RESUME, rhythm.resume_at)):
        if at is not None:
            yield DueRun(datetime.combine(day, at, ZoneInfo(rhythm.zone)).astimezone(UTC), kind)


def is_on(rhythm: Rhythm, day: date) -> bool:
    if day.weekday() not in rhythm.weekdays or day in rhythm.skipped_days:
        return False
    return not (rhythm.skips_holidays and day in public_holidays())
