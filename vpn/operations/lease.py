"""Whoever works on an operation holds its lease, and says so before each call to AWS."""

from django.utils import timezone

from vpn.operations.models import Operation
from vpn.operations.states import Status


class LeaseLost(Exception):
    """Somebody else works on it now, or it was cancelled: stop, and change nothing more."""


def alive(operation: Operation) -> None:
    """Raises LeaseLost."""
    held = Operation.objects.filter(pk=operation.pk, lease=operation.lease, status=Status.RUNNING)
    if not held.update(heartbeat_at=timezone.now()):
        raise LeaseLost
