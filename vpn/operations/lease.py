"""Whoever works on an operation holds its lease, and says so before each call to AWS."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from vpn.operations.models import Operation, OperationStep
from vpn.operations.states import OperationStatus


class LeaseLost(Exception):
    """Somebody else works on it now, or it was cancelled: stop, and change nothing more."""


def renew_lease(operation: Operation) -> None:
    """Raises LeaseLost."""
    held = Operation.objects.filter(pk=operation.pk, lease=operation.lease, status=OperationStatus.RUNNING)
    if not held.update(heartbeat_at=timezone.now()):
        raise LeaseLost


def save_progress(operation: Operation, step: OperationStep, **what: Any) -> None:
    """Add to what the step has found so far, for whoever goes on with it. Raises LeaseLost."""
    with transaction.atomic():
        renew_lease(operation)
        step.after |= what
        step.save(update_fields=["after"])
