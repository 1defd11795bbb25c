"""What beat does every 10 seconds: queue scheduled operations, end late ones, and find work for the workers."""

from datetime import datetime

from django.utils import timezone

from vpn.operation_plans.plan import settings_digest
from vpn.operations.approval_period import expired_requests
from vpn.operations.engine import state_machine
from vpn.operations.engine.claiming import ready_for_worker
from vpn.operations.engine.notifications import NOT_APPROVED
from vpn.operations.engine.state_machine import Transition
from vpn.operations.models import Operation
from vpn.operations.queries import find_unread_change
from vpn.operations.refusals import EndpointBusy, WrongState
from vpn.operations.states import OperationStatus
from vpn.partners.obstacles import find_obstacles


def advance() -> list[str]:
    """The ids of the operations that a worker should run now, oldest first."""
    now = timezone.now()
    for operation in Operation.objects.filter(status=OperationStatus.SCHEDULED, not_before__lte=now):
        _queue(operation, now)
    for operation in Operation.objects.filter(expired_requests(now)):
        _end(state_machine.EXPIRE, operation, NOT_APPROVED)
    # Operations that have begun are ended by their worker, which may have the lease.
    for operation in Operation.objects.filter(status=OperationStatus.QUEUED, deadline_at__lt=now):
        _end(state_machine.GIVE_UP, operation, "operation-deadline")
    ready = Operation.objects.filter(ready_for_worker(now)).order_by("number")
    return [str(pk) for pk in ready.values_list("pk", flat=True)]


def _queue(operation: Operation, now: datetime) -> None:
    """While another operation excludes it, it stays scheduled, until its deadline."""
    if operation.deadline_at and operation.deadline_at < now:
        _end(state_machine.GIVE_UP, operation, "operation-missed")
        return
    # Somebody confirmed the plan days ago, perhaps: it must still be what would happen.
    if settings_digest(operation.endpoint) != operation.digest:
        _end(state_machine.GIVE_UP, operation, "operation-stale")
        return
    # No snapshot tells of partners: one may have been added since, or the announcement taken back.
    lost = operation.plan.get("addresses_lost", ())
    if operation.endpoint is not None and find_obstacles(operation.endpoint, lost, begins_at=now):
        _end(state_machine.GIVE_UP, operation, "operation-partners-not-told")
        return
    # It waits for the snapshot that tells whether its plan still holds: a few seconds.
    if find_unread_change(operation.endpoint, operation.lock_range) is not None:
        return
    try:
        state_machine.change_status(state_machine.QUEUE, operation)
    except (EndpointBusy, WrongState):
        return


def _end(transition: Transition, operation: Operation, error_id: str) -> None:
    """Nothing happens if somebody approved or cancelled it in this very moment."""
    error = {"error_id": error_id}
    try:
        state_machine.change_status(transition, operation, fields=error, details=error)
    except WrongState:
        return
