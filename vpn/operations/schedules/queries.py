"""Reading schedules: what is next, and what became of the last ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from vpn.operations.kinds import kind_of
from vpn.operations.schedules.calendar import Due, Rhythm, next_due
from vpn.operations.schedules.models import Outcome, Schedule, ScheduledRun

SHOWN: Final = 5
TONES: Final = {
    Outcome.REQUESTED: "ok",
    Outcome.IMPOSSIBLE: "info",
    Outcome.MISSED: "warn",
    Outcome.REFUSED: "out",
}


@dataclass(frozen=True)
class Next:
    """``at`` is in the schedule's own time zone."""

    title: str
    at: datetime


@dataclass(frozen=True)
class Last:
    run: ScheduledRun
    title: str
    tone: str
    at: datetime


@dataclass(frozen=True)
class Line:
    schedule: Schedule
    next: Sequence[Next]
    last: Sequence[Last]


def lines() -> list[Line]:
    """A query for the schedules and one for each one's runs: there are few."""
    found = Schedule.objects.select_related("endpoint", "acts_for")
    return [_line(schedule) for schedule in found]


def schedule(pk: int) -> Schedule | None:
    return Schedule.objects.select_related("endpoint", "acts_for").filter(pk=pk).first()


def next_runs(rhythm: Rhythm) -> list[Next]:
    zone = ZoneInfo(rhythm.zone)
    return [_next(one, zone) for one in next_due(rhythm, timezone.now(), SHOWN)]


def _line(found: Schedule) -> Line:
    runs = found.runs.select_related("operation").order_by("-due_at", "-pk")[:SHOWN]
    coming = next_runs(found.rhythm) if found.enabled else []
    return Line(found, coming, [_last(run, ZoneInfo(found.zone)) for run in runs])


def _next(due: Due, zone: ZoneInfo) -> Next:
    return Next(str(kind_of(due.kind).title), due.at.astimezone(zone))


def _last(run: ScheduledRun, zone: ZoneInfo) -> Last:
    return Last(run, str(kind_of(run.kind).title), TONES[Outcome(run.outcome)], run.due_at.astimezone(zone))
