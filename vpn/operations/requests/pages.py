"""What the pages of operations show, computed from rows that were read before."""

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
from vpn.operations.engine.headings import operation_heading
from vpn.operations.failure_texts import failure_text
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
MINUTES_LATER: Final = re.compile(r"\+(\d+) min")
MAX_NAMES_SHOWN: Final = 100
WAIT_FOR_PEOPLE_KEY: Final = "wait-until-empty"
STEP_STATES: Final = {
    StepStatus.PENDING: "waiting",
    StepStatus.RUNNING: "running",
    StepStatus.DONE: "done",
    StepStatus.FAILED: "failed",
}


@dataclass(frozen=True)
class OperationRow:
    """An operation in a list, and at the top of its own page."""

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
    """A step as components/steps.html shows it."""

    state: str
    title: str
    detail: str
    time: str


@dataclass(frozen=True)
class OperationFailure:
    """``code`` and ``message`` are AWS's. ``final``: the operation has ended; else it is retried at ``again``."""

    heading: str
    words: Text
    code: str
    message: str
    final: bool
    again: str


@dataclass(frozen=True)
class KindChoice:
    """The kinds under one heading of the page of all kinds."""

    title: str
    kinds: list["OfferedKind"]


@dataclass(frozen=True)
class OfferedKind:
    """``why_not``: why it can't be done on this endpoint now; empty: it is offered."""

    kind: OperationKind
    why_not: Text


def operation_row(operation: Operation, steps: Sequence[OperationStep] = ()) -> OperationRow:
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
    return format_duration((operation.finished_at or timezone.now()) - operation.started_at)


def format_duration(took: timedelta) -> str:
    """In the two largest units that are not zero: "4 min 10 s"."""
    seconds = max(0, round(took.total_seconds()))
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds % 60}
    return _("%(seconds)s s") % {"seconds": seconds}


def step_rows(steps: Sequence[OperationStep]) -> list[StepRow]:
    return [_step_row(step) for step in steps]


def _step_row(step: OperationStep) -> StepRow:
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
    # AWS had it already: an earlier attempt or somebody else did it.
    if step.status == StepStatus.DONE and not step.acted_at and step.before == step.after:
        return [_detail(step), _("nothing to do") if step.before or step.after else ""]
    if step.status != StepStatus.RUNNING:
        return [_detail(step)]
    last = queries.last_duration(step)
    return [
        _detail(step),
        *_current(step),
        _("last time it took %(duration)s") % {"duration": format_duration(last)} if last else "",
    ]


def _detail(step: OperationStep) -> str:
    """The step's detail. Rows have no texts of any language, so "+5 min" stands for a time after the beginning."""
    minutes = MINUTES_LATER.fullmatch(step.detail)
    if minutes:
        return _("%(minutes)s minutes after the beginning") % {"minutes": minutes[1]}
    return step.detail


def _current(step: OperationStep) -> list[str]:
    """What a running step waits for: the people who are still connected, or AWS, with its status."""
    connected = list(dict.fromkeys(step.after.get("connected") or []))
    if step.key == WAIT_FOR_PEOPLE_KEY and connected:
        text = ngettext(
            "%(count)d still connected: %(names)s", "%(count)d still connected: %(names)s", len(connected)
        )
        return [text % {"count": len(connected), "names": join_people(connected, most=MAX_NAMES_SHOWN)}]
    return [str(status_badge(step.aws_status).text)] if step.aws_status else []


def describe_failure(operation: Operation, steps: Sequence[OperationStep]) -> OperationFailure | None:
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


def page_title(row: OperationRow, steps: Sequence[OperationStep]) -> str:
    """The title of the browser tab, which shows the progress even if the page is not in sight."""
    done = sum(step.status == StepStatus.DONE for step in steps)
    label = f"{row.heading} · {row.operation.endpoint}" if row.operation.endpoint else row.heading
    if row.operation.is_terminal:
        return f"{row.status}: {label}"
    return f"({done}/{len(steps)}) {label}"


def undo_url(operation: Operation, user: User) -> str:
    """The plan of the undoing operation; empty if there is nothing to undo, or it is being undone already."""
    has_ended = operation.status in {
        OperationStatus.SUCCEEDED,
        OperationStatus.FAILED,
        OperationStatus.CANCELLED,
    }
    if not has_ended or not user.may(Permission.OPERATION_REQUEST):
        return ""
    # Also after a failure: the steps that were done can be undone.
    if not operation.steps.filter(acted_at__isnull=False).exists() or queries.get_undoing_operation(
        operation
    ):
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


def kinds_by_group(endpoint: Endpoint | None) -> list[KindChoice]:
    groups = [
        KindChoice(str(group.label), [_offered(kind, endpoint) for kind in KINDS if kind.group == group])
        for group in KindGroup
    ]
    return [group for group in groups if group.kinds]


def _offered(kind: OperationKind, endpoint: Endpoint | None) -> OfferedKind:
    # Without an endpoint nothing is known of it, and the page asks for one first.
    applies = endpoint is not None or not kind.needs_endpoint
    return OfferedKind(kind, kind.why_not(endpoint) if applies else "")


def endpoint_choices(endpoints: Sequence[Endpoint], chosen: Endpoint | None) -> list[dict[str, Any]]:
    return [
        {
            "endpoint": endpoint,
            "current": chosen is not None and endpoint.pk == chosen.pk,
            "url": f"?endpoint={endpoint.endpoint_id}",
        }
        for endpoint in endpoints
    ]
