"""What the pages about operations show, made from rows that are already read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.access.models import User
from portal.access.permissions import Permission
from vpn.endpoints.models import Endpoint
from vpn.endpoints.statuses import status_badge
from vpn.operation_kinds import KINDS, get_undo
from vpn.operations import queries
from vpn.operations.base.kind import KindGroup, OperationKind
from vpn.operations.failure_texts import failure_text
from vpn.operations.headings import operation_heading
from vpn.operations.models import Operation, OperationStep
from vpn.operations.plan.consequences import join_people
from vpn.operations.plan.plan import Text
from vpn.operations.states import OperationStatus, StepStatus

TONES: Final = {
    OperationStatus.AWAITING_APPROVAL: "warn",
    OperationStatus.SCHEDULED: "info",
    OperationStatus.QUEUED: "info",
    OperationStatus.RUNNING: "info",
    OperationStatus.WAITING: "info",
    OperationStatus.CANCELLING: "warn",
    OperationStatus.SUCCEEDED: "ok",
    OperationStatus.FAILED: "out",
    OperationStatus.CANCELLED: "unknown",
}
ICONS: Final = {
    OperationStatus.CANCELLED: "minus",
    OperationStatus.RUNNING: "running",
    OperationStatus.WAITING: "running",
}
LATER: Final = re.compile(r"\+(\d+) min")
MOST_NAMES: Final = 100
WAITS_FOR_PEOPLE: Final = "wait-until-empty"
STEP_STATES: Final = {
    StepStatus.PENDING: "waiting",
    StepStatus.RUNNING: "running",
    StepStatus.DONE: "done",
    StepStatus.FAILED: "failed",
}


@dataclass(frozen=True)
class OperationRow:
    """An operation in a list, and the top of its own page."""

    operation: Operation
    heading: str
    tone: str
    icon: str
    status: str
    took: str

    @property
    def number(self) -> str:
        return f"#{self.operation.number}"


@dataclass(frozen=True)
class StepRow:
    """What components/steps.html takes."""

    state: str
    title: str
    detail: str
    time: str


@dataclass(frozen=True)
class OperationFailure:
    """In our words, with AWS's own beside it. ``final``: it has ended; else it is tried again at ``again_at``."""

    heading: str
    words: Text
    code: str
    message: str
    final: bool
    again: str


@dataclass(frozen=True)
class KindChoice:
    """A group of kinds on the page that offers them."""

    title: str
    kinds: list[OperationKind]


def line_of(operation: Operation, steps: Sequence[OperationStep] = ()) -> OperationRow:
    status = OperationStatus(operation.status)
    text = str(status.label)
    done = sum(step.status == StepStatus.DONE for step in steps)
    if steps and status in {OperationStatus.RUNNING, OperationStatus.WAITING}:
        current = {"step": min(done + 1, len(steps)), "steps": len(steps)}
        text = _("Running, step %(step)s of %(steps)s") % current
    return OperationRow(
        operation, operation_heading(operation), TONES[status], ICONS.get(status, ""), text, _took(operation)
    )


def _took(operation: Operation) -> str:
    if not operation.started_at:
        return ""
    return duration((operation.finished_at or timezone.now()) - operation.started_at)


def duration(took: timedelta) -> str:
    """In the largest two units that say something: "4 min 10 s"."""
    seconds = max(0, round(took.total_seconds()))
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds % 60}
    return _("%(seconds)s s") % {"seconds": seconds}


def step_lines(steps: Sequence[OperationStep]) -> list[StepRow]:
    return [_step_line(step) for step in steps]


def _step_line(step: OperationStep) -> StepRow:
    moment = step.finished_at or step.started_at
    return StepRow(
        state=STEP_STATES[StepStatus(step.status)],
        title=_(step.title),
        detail=" · ".join(part for part in _details(step) if part),
        time=date_format(timezone.localtime(moment), "H:i:s") if moment else "",
    )


def _details(step: OperationStep) -> list[str]:
    if step.key == "check" and step.status == StepStatus.DONE:
        return [_("AWS confirmed the permission for this change")]
    if step.status == StepStatus.DONE and not step.acted_at and step.before == step.after:
        return [_detail(step), _("nothing to do") if step.before or step.after else ""]
    if step.status != StepStatus.RUNNING:
        return [_detail(step)]
    last = queries.last_duration(step)
    return [
        _detail(step),
        *_current(step),
        _("last time it took %(duration)s") % {"duration": duration(last)} if last else "",
    ]


def _detail(step: OperationStep) -> str:
    """Steps keep no words, since those are in one language: "+5 min" is a time after the beginning."""
    later = LATER.fullmatch(step.detail)
    return _("%(minutes)s minutes after the beginning") % {"minutes": later[1]} if later else step.detail


def _current(step: OperationStep) -> list[str]:
    """Of a wait for people, who they are; of one for AWS, its state."""
    connected = list(dict.fromkeys(step.after.get("connected") or []))
    if step.key == WAITS_FOR_PEOPLE and connected:
        words = ngettext(
            "%(count)d still connected: %(names)s", "%(count)d still connected: %(names)s", len(connected)
        )
        return [words % {"count": len(connected), "names": join_people(connected, most=MOST_NAMES)}]
    return [str(status_badge(step.aws_status).text)] if step.aws_status else []


def failure_of(operation: Operation, steps: Sequence[OperationStep]) -> OperationFailure | None:
    if not operation.error_id:
        return None
    ended, again = operation.is_terminal, operation.next_attempt_at
    return OperationFailure(
        heading=_failure_heading(operation, steps),
        words=failure_text(operation.error_id),
        code=operation.error_code,
        message=operation.error_message,
        final=ended,
        again=date_format(timezone.localtime(again), "H:i:s") if again and not ended else "",
    )


def _failure_heading(operation: Operation, steps: Sequence[OperationStep]) -> str:
    if operation.status == OperationStatus.CANCELLED:
        return _("Cancelled.")
    if not operation.is_terminal:
        return _("Not yet.")
    for number, step in enumerate(steps, start=1):
        if step.status == StepStatus.FAILED:
            return _("Step %(number)s “%(title)s” failed.") % {"number": number, "title": _(step.title)}
    return _("It failed.")


def title_of(line: OperationRow, steps: Sequence[OperationStep]) -> str:
    """Of the browser's tab, which may be all that somebody sees of it."""
    done = sum(step.status == StepStatus.DONE for step in steps)
    label = f"{line.heading} · {line.operation.endpoint}" if line.operation.endpoint else line.heading
    if line.operation.is_terminal:
        return f"{line.status}: {label}"
    return f"({done}/{len(steps)}) {label}"


def undo_url(operation: Operation, user: User) -> str:
    """Empty where there is nothing to undo, or somebody is at it already."""
    acted = operation.status in {OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.CANCELLED}
    if not acted or not user.may(Permission.OPERATION_REQUEST):
        return ""
    if not operation.steps.filter(acted_at__isnull=False).exists() or queries.undone_by(operation):
        return ""
    undo = get_undo(operation)
    if undo is None:
        return ""
    query = {
        **({"endpoint": operation.endpoint.endpoint_id} if operation.endpoint else {}),
        "undo_of": str(operation.pk),
        "plan": "1",
        **undo.data,
    }
    return f"{reverse('operation_new', args=[undo.kind])}?{urlencode(query)}"


def offered() -> list[KindChoice]:
    groups = [
        KindChoice(str(group.label), [kind for kind in KINDS if kind.group == group]) for group in KindGroup
    ]
    return [group for group in groups if group.kinds]


def choices_of(endpoints: Sequence[Endpoint], chosen: Endpoint | None) -> list[dict[str, Any]]:
    return [
        {
            "endpoint": one,
            "current": chosen is not None and one.pk == chosen.pk,
            "url": f"?endpoint={one.endpoint_id}",
        }
        for one in endpoints
    ]
