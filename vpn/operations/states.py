"""An operation's states, and the only ways from one to another."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
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
LIVE: Final = frozenset({Status.QUEUED, Status.RUNNING, Status.WAITING, Status.CANCELLING})
# Asked for; their lane is still free for others.
PENDING: Final = frozenset({Status.AWAITING_APPROVAL, Status.SCHEDULED})
TERMINAL: Final = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})
# They count against AWS's limit of changes to one endpoint at a time.
STARTED: Final = frozenset({Status.RUNNING, Status.WAITING, Status.CANCELLING})
CANCELLABLE: Final = PENDING | {Status.QUEUED, Status.RUNNING, Status.WAITING}

TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    Status.AWAITING_APPROVAL: frozenset({Status.SCHEDULED, Status.QUEUED, Status.CANCELLED, Status.FAILED}),
    Status.SCHEDULED: frozenset({Status.QUEUED, Status.CANCELLED, Status.FAILED}),
    Status.QUEUED: frozenset({Status.RUNNING, Status.CANCELLED, Status.FAILED}),
    # To itself: another worker goes on where one died.
    Status.RUNNING: frozenset(
        {Status.RUNNING, Status.WAITING, Status.CANCELLING, Status.SUCCEEDED, Status.FAILED}
    ),
    Status.WAITING: frozenset({Status.RUNNING, Status.CANCELLED, Status.FAILED}),
    Status.CANCELLING: frozenset({Status.CANCELLED, Status.SUCCEEDED, Status.FAILED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}


class IllegalTransition(Exception):
    """A mistake of ours: no such way in TRANSITIONS."""


def require(old: str, new: str) -> None:
    """Raises IllegalTransition."""
    if Status(new) not in TRANSITIONS[Status(old)]:
        raise IllegalTransition(f"from {old} to {new}")


class StepStatus(TextChoices):
    PENDING = "pending", _("not started yet")
    RUNNING = "running", _("this step is running")
    DONE = "done", _("this step is done")
    FAILED = "failed", _("this step failed")
