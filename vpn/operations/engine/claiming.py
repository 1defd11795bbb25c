"""Which operations a worker may work on, and claiming one of them."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from django.db.models import F, Q
from django.utils import timezone

from vpn.operations.engine import state_machine
from vpn.operations.models import Operation
from vpn.operations.refusals import WrongState
from vpn.operations.states import STARTED, OperationStatus

# A call to AWS times out after 40 seconds, and a worker renews its lease before each.
WORKER_IS_DEAD_AFTER: Final = timedelta(seconds=90)
# AWS Client VPN quotas: "Concurrent operations per Client VPN endpoint: 10".
MAX_CONCURRENT: Final = 10


def ready_for_worker(now: datetime) -> Q:
    """The condition for operations that are due, or whose worker is dead."""
    is_due = Q(status__in=[OperationStatus.QUEUED, OperationStatus.WAITING]) & (
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
    )
    is_abandoned = Q(
        status__in=[OperationStatus.RUNNING, OperationStatus.CANCELLING],
        heartbeat_at__lt=now - WORKER_IS_DEAD_AFTER,
    )
    return is_due | is_abandoned


def claim(pk: Any) -> Operation | None:
    """The operation with a new lease of this worker. None if it isn't ready, or another worker was faster."""
    now = timezone.now()
    operation = Operation.objects.filter(ready_for_worker(now), pk=pk).first()
    if operation is None or not has_room(operation):
        return None
    is_cancelling = operation.status == OperationStatus.CANCELLING
    try:
        state_machine.change_status(
            state_machine.CLAIM_CANCELLING if is_cancelling else state_machine.CLAIM,
            operation,
            # Once more in the UPDATE itself: only one of several workers may get it.
            condition=ready_for_worker(now),
            fields={
                "lease": uuid4(),
                "heartbeat_at": now,
                "attempts": F("attempts") + 1,
                "started_at": operation.started_at or now,
            },
        )
    except WrongState:
        return None
    return Operation.objects.select_related("endpoint__account", "requested_by").get(pk=pk)


def has_room(operation: Operation) -> bool:
    """Whether its endpoint is below AWS's limit of concurrent changes.

    Two workers may count at the same moment and both start. Then AWS refuses one, which is retried.
    """
    if operation.endpoint_id is None or operation.status != OperationStatus.QUEUED:
        return True
    started = Operation.objects.filter(endpoint=operation.endpoint_id, status__in=sorted(STARTED))
    return started.count() < MAX_CONCURRENT
