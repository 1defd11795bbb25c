"""The lease: the worker whose lease is in the row may work on the operation, and nobody else."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from vpn.operations.models import Operation, OperationStep
from vpn.operations.states import OperationStatus


class LeaseLost(Exception):
    """Another worker has claimed the operation, or somebody cancelled it: stop, and write nothing more."""


def renew_lease(operation: Operation) -> None:
    """Say that this worker is still alive, before each AWS call. Raises LeaseLost."""
    held = Operation.objects.filter(pk=operation.pk, lease=operation.lease, status=OperationStatus.RUNNING)
    if not held.update(heartbeat_at=timezone.now()):
        raise LeaseLost


def save_progress(operation: Operation, step: OperationStep, **details: Any) -> None:
    """Add ``details`` to the step's ``after`` in the middle of act(), for the worker that goes on after a crash.

    Raises LeaseLost.
    """
    with transaction.atomic():
        renew_lease(operation)
        step.after |= details
        step.save(update_fields=["after"])
