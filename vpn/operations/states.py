"""The statuses of operations and steps. How they change: vpn/operations/engine/state_machine.py."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OperationStatus(TextChoices):
    """WAITING: for AWS or for the next attempt; no worker holds the lease meanwhile. People read “Running” for it."""

    AWAITING_APPROVAL = "awaiting-approval", _("Awaiting approval")
    SCHEDULED = "scheduled", _("Scheduled")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    WAITING = "waiting", _("Running")
    CANCELLING = "cancelling", _("Being cancelled")
    SUCCEEDED = "succeeded", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# What people and scripts may search for.
SHOWN_STATUSES: Final = tuple(status for status in OperationStatus if status != OperationStatus.WAITING)
# They hold their lock range: no operation with an overlapping one may become live.
LIVE: Final = frozenset(
    {OperationStatus.QUEUED, OperationStatus.RUNNING, OperationStatus.WAITING, OperationStatus.CANCELLING}
)
# Requested, but they lock nothing yet.
PENDING: Final = frozenset({OperationStatus.AWAITING_APPROVAL, OperationStatus.SCHEDULED})
TERMINAL: Final = frozenset({OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.CANCELLED})
# They count towards AWS's limit of concurrent changes to one endpoint.
STARTED: Final = frozenset({OperationStatus.RUNNING, OperationStatus.WAITING, OperationStatus.CANCELLING})
CANCELLABLE: Final = PENDING | {OperationStatus.QUEUED, OperationStatus.RUNNING, OperationStatus.WAITING}


class StepStatus(TextChoices):
    PENDING = "pending", _("not started yet")
    RUNNING = "running", _("this step is running")
    DONE = "done", _("this step is done")
    FAILED = "failed", _("this step failed")
