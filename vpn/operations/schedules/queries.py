"""Reading schedules: what is next, and what became of the last ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operation_kinds.routes.fields import subnet_choices
from vpn.operations.schedules.calendar import PAUSE, RESUME, DueRun, Rhythm, next_due
from vpn.operations.schedules.models import Schedule, ScheduledRun, ScheduledRunOutcome
from vpn.operations.states import OperationStatus

SHOWN: Final = 5
TONES: Final = {
    ScheduledRunOutcome.REQUESTED: "ok",
    ScheduledRunOutcome.IMPOSSIBLE: "info",
    ScheduledRunOutcome.MISSED: "warn",
    ScheduledRunOutcome.REFUSED: "out",
}


@dataclass(frozen=True)
class NextRun:
    """``at`` is in the schedule's own time zone."""

    title: str
    at: datetime


@dataclass(frozen=True)
class LastRun:
    run: ScheduledRun
    title: str
    tone: str
    at: datetime


@dataclass(frozen=True)
class ScheduleRow:
    """``resume_url``: where the last resumption came to nothing and the endpoint is still paused, the way out."""

    schedule: Schedule
    next: Sequence[NextRun]
    last: Sequence[LastRun]
    resume_url: str = ""


def lines() -> list[ScheduleRow]:
    """A query for the schedules and one for each one's runs: there are few."""
    found = Schedule.objects.select_related("endpoint", "acts_for")
    return [_line(schedule) for schedule in found]


def schedule(pk: int) -> Schedule | None:
    return Schedule.objects.select_related("endpoint", "acts_for").filter(pk=pk).first()


def next_runs(rhythm: Rhythm) -> list[NextRun]:
    zone = ZoneInfo(rhythm.zone)
    return [_next(one, zone) for one in next_due(rhythm, timezone.now(), SHOWN)]


def _line(found: Schedule) -> ScheduleRow:
    runs = found.runs.select_related("operation").order_by("-due_at", "-pk")[:SHOWN]
    coming = next_runs(found.rhythm) if found.enabled else []
    last = [_last(run, ZoneInfo(found.zone)) for run in runs]
    return ScheduleRow(found, coming, last, resume_url(found.endpoint) if _is_left_paused(found) else "")


def _is_left_paused(found: Schedule) -> bool:
    """Also where the operation itself failed. While one is under way, that is looked at instead."""
    run = found.runs.select_related("operation").filter(kind=RESUME).order_by("-due_at", "-pk").first()
    if run is None or subnet_choices(found.endpoint) or found.endpoint.vanished_at:
        return False
    if run.operation is not None and run.operation.status not in {
        OperationStatus.FAILED,
        OperationStatus.CANCELLED,
    }:
        return False
    since = found.endpoint.operations.filter(created_at__gt=run.created_at, kind__in=[PAUSE, RESUME])
    return not since.exclude(status__in=[OperationStatus.FAILED, OperationStatus.CANCELLED]).exists()


def resume_url(endpoint: Endpoint) -> str:
    """The plan of a resumption of the last pause."""
    query = urlencode({"endpoint": endpoint.endpoint_id, "plan": "1"})
    return f"{reverse('operation_new', args=[RESUME])}?{query}"


def _next(due: DueRun, zone: ZoneInfo) -> NextRun:
    return NextRun(str(get_kind(due.kind).title), due.at.astimezone(zone))


def _last(run: ScheduledRun, zone: ZoneInfo) -> LastRun:
    return LastRun(
        run,
        str(get_kind(run.kind).title),
        TONES[ScheduledRunOutcome(run.outcome)],
        run.due_at.astimezone(zone),
    )
