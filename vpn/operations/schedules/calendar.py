"""When a schedule's operations are due: pure, except for the list of public holidays.

Times are local times of a time zone. A time that the clock skips when it is put forward is due as much later as the
clock was put forward; of a time that comes twice when the clock is put back, the first one is due.
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
# Every day may be skipped, so the search for the next run must end somewhere.
HORIZON: Final = timedelta(days=370)


@dataclass(frozen=True)
class Rhythm:
    """``weekdays``: 0 is Monday. ``zone``: an IANA name. A time that is None is never due."""

    pause_at: time | None
    resume_at: time | None
    weekdays: frozenset[int]
    zone: str
    skips_holidays: bool = False
    skipped_days: frozenset[date] = frozenset()


@dataclass(frozen=True, order=True)
class DueRun:
    """``at`` is in UTC; ``kind`` is the slug of a kind of operation."""

    at: datetime
    kind: str


def due_between(rhythm: Rhythm, after: datetime, until: datetime) -> list[DueRun]:
    """The runs later than ``after`` and not later than ``until``, in order."""
    zone = ZoneInfo(rhythm.zone)
    # A day earlier, because a time that the clock skips may be due after midnight.
    first = after.astimezone(zone).date() - timedelta(days=1)
    days = (until.astimezone(zone).date() - first).days + 1
    runs = (run for offset in range(days + 1) for run in _runs_on(rhythm, first + timedelta(days=offset)))
    return sorted(run for run in runs if after < run.at <= until)


def next_due(rhythm: Rhythm, after: datetime, most: int) -> list[DueRun]:
    """The next ``most`` runs; fewer if there are not as many within HORIZON."""
    return list(islice(_runs_from(rhythm, after), most))


@cache
def public_holidays() -> Container[date]:
    """Of Japan, with substitute holidays. The library computes each year when it is first looked up."""
    # Importing it loads the calendars of all countries: a fifth of the start of a process, and few processes need it.
    import holidays

    return holidays.country_holidays("JP")


def _runs_from(rhythm: Rhythm, after: datetime) -> Iterator[DueRun]:
    for number in count():
        since = after + timedelta(days=7 * number)
        if since - after > HORIZON:
            return
        yield from due_between(rhythm, since, since + timedelta(days=7))


def _runs_on(rhythm: Rhythm, day: date) -> Iterator[DueRun]:
    if not is_scheduled_day(rhythm, day):
        return
    for kind, at in ((PAUSE, rhythm.pause_at), (RESUME, rhythm.resume_at)):
        if at is not None:
            yield DueRun(datetime.combine(day, at, ZoneInfo(rhythm.zone)).astimezone(UTC), kind)


def is_scheduled_day(rhythm: Rhythm, day: date) -> bool:
    if day.weekday() not in rhythm.weekdays or day in rhythm.skipped_days:
        return False
    return not (rhythm.skips_holidays and day in public_holidays())
