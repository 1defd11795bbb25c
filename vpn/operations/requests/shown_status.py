"""The status of an operation as people and scripts read it: one for lists, pages, the API and the command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from vpn.operations.engine.claiming import WORKER_IS_DEAD_AFTER, has_room
from vpn.operations.models import Operation, OperationStep
from vpn.operations.queries import find_overlapping, find_unread_change
from vpn.operations.states import OperationStatus, StepStatus

TONES: Final = {
    OperationStatus.AWAITING_APPROVAL: "warn",
    OperationStatus.SCHEDULED: "info",
    OperationStatus.QUEUED: "info",
    OperationStatus.RUNNING: "info",
    OperationStatus.CANCELLING: "warn",
    OperationStatus.SUCCEEDED: "ok",
    OperationStatus.FAILED: "out",
    OperationStatus.CANCELLED: "unknown",
}
ICONS: Final = {OperationStatus.CANCELLED: "minus", OperationStatus.RUNNING: "running"}


@dataclass(frozen=True)
class Silence:
    """Nothing has been heard since ``since`` of what should go on. ``begun``: a worker has had it."""

    since: datetime
    begun: bool

    @property
    def minutes(self) -> int:
        return max(1, int((timezone.now() - self.since).total_seconds() // 60))


@dataclass(frozen=True)
class ShownStatus:
    """``text`` names the step too, where steps are known."""

    status: OperationStatus
    text: str
    tone: str
    icon: str
    silence: Silence | None


def main_status(operation: Operation) -> OperationStatus:
    """Whether a worker is at it, AWS is, or the portal waits before it tries again: it is running all the while."""
    status = OperationStatus(operation.status)
    return OperationStatus.RUNNING if status == OperationStatus.WAITING else status


def shown_status(operation: Operation, steps: Sequence[OperationStep]) -> ShownStatus:
    """``steps``: all of the operation's."""
    status = main_status(operation)
    silence = find_silence(operation)
    if silence is not None:
        return ShownStatus(status, _silence_badge(silence), "warn", "", silence)
    text = str(status.label)
    if status == OperationStatus.RUNNING and steps:
        done = sum(step.status == StepStatus.DONE for step in steps)
        current = {"step": min(done + 1, len(steps)), "steps": len(steps)}
        text = _("Running, step %(step)s of %(steps)s") % current
    return ShownStatus(status, text, TONES[status], ICONS.get(status, ""), None)


def _silence_badge(silence: Silence) -> str:
    if silence.begun:
        return _("Unknown: no sign for %(count)s min") % {"count": silence.minutes}
    return _("Not taken for %(count)s min") % {"count": silence.minutes}


def silence_text(silence: Silence) -> str:
    """What it means, and what to do."""
    if silence.begun:
        text = _(
            "No sign of it for %(count)s min. It may still be going on: look at AWS before you run it again. As soon "
            "as a worker runs, it goes on by itself."
        )
    else:
        text = _(
            "No worker has taken it for %(count)s min. Nothing has been changed yet; it begins as soon as a worker "
            "runs."
        )
    return text % {"count": silence.minutes}


def find_silence(operation: Operation) -> Silence | None:
    """None while something is heard of it, or nothing need be: a worker's heartbeat, or the next attempt on time."""
    heard = _last_sign(operation)
    # A dead worker must show as soon as another one may take over from it.
    if heard is None or timezone.now() - heard < WORKER_IS_DEAD_AFTER:
        return None
    begun = operation.started_at is not None
    if not begun and _waits_for_another(operation):
        return None
    return Silence(heard, begun)


def _last_sign(operation: Operation) -> datetime | None:
    """When it was last heard of, or should have been."""
    match OperationStatus(operation.status):
        case OperationStatus.RUNNING | OperationStatus.CANCELLING:
            return operation.heartbeat_at
        case OperationStatus.WAITING:
            return operation.next_attempt_at or operation.heartbeat_at
        case OperationStatus.SCHEDULED:
            return operation.not_before
        case OperationStatus.QUEUED:
            moments = (operation.created_at, operation.decided_at, operation.not_before)
            return max(moment for moment in moments if moment is not None)
    return None


def _waits_for_another(operation: Operation) -> bool:
    """Scheduled ones wait for what excludes them; queued ones until fewer than AWS's limit change the endpoint."""
    if operation.status == OperationStatus.SCHEDULED:
        return bool(
            find_overlapping(operation.lock_range)
            or find_unread_change(operation.endpoint, operation.lock_range)
        )
    return not has_room(operation)
