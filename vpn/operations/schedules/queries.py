"""Read schedules: their next runs, and what became of the last ones."""

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
    """``resume_url``: the plan that resumes the endpoint, if a resumption failed and it is still paused."""

    schedule: Schedule
    next: Sequence[NextRun]
    last: Sequence[LastRun]
    resume_url: str = ""


def schedule_rows() -> list[ScheduleRow]:
    """All schedules. It makes a query for each one's runs, because there are few schedules."""
    return [_row(schedule) for schedule in Schedule.objects.select_related("endpoint", "acts_for")]


def get_schedule(pk: int) -> Schedule | None:
    return Schedule.objects.select_related("endpoint", "acts_for").filter(pk=pk).first()


def next_runs(rhythm: Rhythm) -> list[NextRun]:
    zone = ZoneInfo(rhythm.zone)
    return [_next(run, zone) for run in next_due(rhythm, timezone.now(), SHOWN)]


def next_runs_for(endpoint: Endpoint) -> list[NextRun]:
    """The next runs of all its schedules that are on, the soonest first."""
    runs = [run for schedule in endpoint.schedules.filter(enabled=True) for run in next_runs(schedule.rhythm)]
    return sorted(runs, key=lambda run: run.at)[:SHOWN]


def _row(schedule: Schedule) -> ScheduleRow:
    runs = schedule.runs.select_related("operation").order_by("-due_at", "-pk")[:SHOWN]
    coming = next_runs(schedule.rhythm) if schedule.enabled else []
    last = [_last(run, ZoneInfo(schedule.zone)) for run in runs]
    url = resume_url(schedule.endpoint) if _is_left_paused(schedule) else ""
    return ScheduleRow(schedule, coming, last, url)


def _is_left_paused(schedule: Schedule) -> bool:
    """Whether the last resumption was skipped or failed, and nobody has paused or resumed the endpoint since."""
    run = schedule.runs.select_related("operation").filter(kind=RESUME).order_by("-due_at", "-pk").first()
    if run is None or subnet_choices(schedule.endpoint) or schedule.endpoint.vanished_at:
        return False
    if run.operation is not None and run.operation.status not in {
        OperationStatus.FAILED,
        OperationStatus.CANCELLED,
    }:
        return False
    since = schedule.endpoint.operations.filter(created_at__gt=run.created_at, kind__in=[PAUSE, RESUME])
    return not since.exclude(status__in=[OperationStatus.FAILED, OperationStatus.CANCELLED]).exists()


def resume_url(endpoint: Endpoint) -> str:
    """The plan that resumes the endpoint."""
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
