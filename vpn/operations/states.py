"""An operation's states, and the only ways from one to another."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OperationStatus(TextChoices):
    """``waiting`` is for AWS, or for the next attempt; nobody works on the row meanwhile."""

    AWAITING_APPROVAL = "awaiting-approval", _("Awaiting approval")
    SCHEDULED = "scheduled", _("Scheduled")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    WAITING = "waiting", _("Waiting for AWS")
    CANCELLING = "cancelling", _("Being cancelled")
    SUCCEEDED = "succeeded", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# They hold their lane: nothing that could get in their way may be requested.
LIVE: Final = frozenset(
    {OperationStatus.QUEUED, OperationStatus.RUNNING, OperationStatus.WAITING, OperationStatus.CANCELLING}
)
# Asked for; their lane is still free for others.
PENDING: Final = frozenset({OperationStatus.AWAITING_APPROVAL, OperationStatus.SCHEDULED})
TERMINAL: Final = frozenset({OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.CANCELLED})
# They count against AWS's limit of changes to one endpoint at a time.
STARTED: Final = frozenset({OperationStatus.RUNNING, OperationStatus.WAITING, OperationStatus.CANCELLING})
CANCELLABLE: Final = PENDING | {OperationStatus.QUEUED, OperationStatus.RUNNING, OperationStatus.WAITING}

TRANSITIONS: Final[dict[OperationStatus, frozenset[OperationStatus]]] = {
    OperationStatus.AWAITING_APPROVAL: frozenset(
        {OperationStatus.SCHEDULED, OperationStatus.QUEUED, OperationStatus.CANCELLED, OperationStatus.FAILED}
    ),
    OperationStatus.SCHEDULED: frozenset(
        {OperationStatus.QUEUED, OperationStatus.CANCELLED, OperationStatus.FAILED}
    ),
    OperationStatus.QUEUED: frozenset(
        {OperationStatus.RUNNING, OperationStatus.CANCELLED, OperationStatus.FAILED}
    ),
    # To itself: another worker goes on where one died.
    OperationStatus.RUNNING: frozenset(
        {
            OperationStatus.RUNNING,
            OperationStatus.WAITING,
            OperationStatus.CANCELLING,
            OperationStatus.SUCCEEDED,
            OperationStatus.FAILED,
        }
    ),
    OperationStatus.WAITING: frozenset(
        {OperationStatus.RUNNING, OperationStatus.CANCELLED, OperationStatus.FAILED}
    ),
    OperationStatus.CANCELLING: frozenset(
        {OperationStatus.CANCELLED, OperationStatus.SUCCEEDED, OperationStatus.FAILED}
    ),
    OperationStatus.SUCCEEDED: frozenset(),
    OperationStatus.FAILED: frozenset(),
    OperationStatus.CANCELLED: frozenset(),
}


class IllegalTransition(Exception):
    """A mistake of ours: no such way in TRANSITIONS."""


def require(old: str, new: str) -> None:
    """Raises IllegalTransition."""
    if OperationStatus(new) not in TRANSITIONS[OperationStatus(old)]:
        raise IllegalTransition(f"from {old} to {new}")


class StepStatus(TextChoices):
    PENDING = "pending", _("not started yet")
    RUNNING = "running", _("this step is running")
    DONE = "done", _("this step is done")
    FAILED = "failed", _("this step failed")
