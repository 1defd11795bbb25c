"""Every write to an operation's row after it was made: conditional, and with its audit event in one transaction."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from portal.audit.tags import Tag
from vpn.aws.errors import AwsError
from vpn.operations.base.step import Observation
from vpn.operations.engine.telling import tell_of
from vpn.operations.lease import LeaseLost
from vpn.operations.models import Operation, OperationStep
from vpn.operations.states import STARTED, TERMINAL, OperationStatus, StepStatus, require
from vpn.operations.transitions import audit

# A call to AWS ends within 40 seconds, and a worker says that it is alive before each.
STALE: Final = timedelta(seconds=90)
# AWS: concurrent operations per endpoint ("Client VPN quotas").
CONCURRENT: Final = 10
LONGEST_PAUSE: Final = 300
TAGS: Final = {
    OperationStatus.SUCCEEDED: Tag.OPERATION_SUCCEEDED,
    OperationStatus.FAILED: Tag.OPERATION_FAILED,
    OperationStatus.CANCELLED: Tag.OPERATION_CANCELLED,
}

logger = structlog.get_logger(__name__)


def due(now: datetime) -> Q:
    """What somebody may work on: queued or waiting and due, or left behind by a worker that is gone."""
    waits = Q(status__in=[OperationStatus.QUEUED, OperationStatus.WAITING]) & (
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
    )
    left = Q(status__in=[OperationStatus.RUNNING, OperationStatus.CANCELLING], heartbeat_at__lt=now - STALE)
    return waits | left


def claim(pk: Any) -> Operation | None:
    """The row, with a lease of our own; None if it isn't ours to work on now."""
    now = timezone.now()
    found = Operation.objects.filter(due(now), pk=pk).first()
    if found is None or not _has_room(found):
        return None
    status = (
        OperationStatus.CANCELLING if found.status == OperationStatus.CANCELLING else OperationStatus.RUNNING
    )
    if status != found.status:
        require(found.status, status)
    claimed = Operation.objects.filter(due(now), pk=pk, status=found.status).update(
        status=status, lease=uuid4(), heartbeat_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    Operation.objects.filter(pk=pk, started_at=None).update(started_at=now)
    return Operation.objects.select_related("endpoint__account", "requested_by").get(pk=pk)


def _has_room(operation: Operation) -> bool:
    """AWS's own limit still counts: two workers may look here at the same moment."""
    if operation.endpoint_id is None or operation.status != OperationStatus.QUEUED:
        return True
    started = Operation.objects.filter(endpoint=operation.endpoint_id, status__in=sorted(STARTED))
    return started.count() < CONCURRENT


def begin_step(operation: Operation, step: OperationStep) -> None:
    step.status, step.started_at = StepStatus.RUNNING, timezone.now()
    _save_step(operation, step, "status", "started_at")


def keep_before(operation: Operation, step: OperationStep, observation: Observation) -> None:
    """What AWS said before we did anything."""
    if step.before != observation.details:
        step.before = observation.details
        _save_step(operation, step, "before")


def about_to_act(operation: Operation, step: OperationStep) -> None:
    step.acted_at = timezone.now()
    _save_step(operation, step, "acted_at")


def finish_step(operation: Operation, step: OperationStep, observation: Observation) -> None:
    step.status, step.finished_at = StepStatus.DONE, timezone.now()
    step.after, step.aws_status = observation.details, observation.aws_status[:40]
    with transaction.atomic():
        _save_step(operation, step, "status", "finished_at", "after", "aws_status")
        # Progress: what AWS refused before this counts no more.
        Operation.objects.filter(pk=operation.pk).update(attempts=1)
        operation.attempts = 1
        audit(Tag.OPERATION_STEP, operation, _step_details(step), actor=None)


def wait(operation: Operation, step: OperationStep, observation: Observation, *, seconds: float) -> None:
    """AWS is at it."""
    step.aws_status, step.after = observation.aws_status[:40], observation.details
    _save_step(operation, step, "aws_status", "after")
    _leave(
        operation,
        OperationStatus.WAITING,
        next_attempt_at=timezone.now() + timedelta(seconds=seconds),
        attempts=0,
    )


def try_later(operation: Operation, error: AwsError) -> None:
    """Twice as long after each attempt in a row: 5 seconds, 10, … 5 minutes."""
    pause = min(LONGEST_PAUSE, 5 * 2 ** min(operation.attempts, 10) // 2)
    logger.warning("operation tries later", operation=operation.number, error=error.id, code=error.code)
    _leave(
        operation,
        OperationStatus.WAITING,
        next_attempt_at=timezone.now() + timedelta(seconds=pause),
        error_id=error.id,
        error_code=error.code[:100],
        error_message=error.message[:2000],
    )


def succeed(operation: Operation) -> None:
    _end(operation, OperationStatus.SUCCEEDED)


def fail(operation: Operation, *, error_id: str, code: str = "", message: str = "") -> None:
    """The step that runs, if any, is the one that failed."""
    _end(
        operation,
        OperationStatus.FAILED,
        error_id=error_id,
        error_code=code[:100],
        error_message=message[:2000],
    )


def end_cancelled(operation: Operation) -> None:
    _end(operation, OperationStatus.CANCELLED, error_id="operation-cancelled")


def _leave(operation: Operation, status: OperationStatus, **fields: Any) -> None:
    """Nobody works on it until it is due. If it is being cancelled meanwhile, it ends here."""
    require(OperationStatus.RUNNING, status)
    held = Operation.objects.filter(pk=operation.pk, lease=operation.lease)
    if not held.filter(status=OperationStatus.RUNNING).update(status=status, lease=None, **fields):
        raise LeaseLost


def _end(operation: Operation, status: OperationStatus, **fields: Any) -> None:
    """Raises LeaseLost if it is in other hands. What has finished or failed before it could be cancelled says so."""
    cleared = {"error_id": "", "error_code": "", "error_message": ""}
    with transaction.atomic():
        held = Operation.objects.select_for_update().filter(pk=operation.pk, lease=operation.lease)
        current = held.filter(status__in=[OperationStatus.RUNNING, OperationStatus.CANCELLING]).first()
        if current is None:
            raise LeaseLost
        require(current.status, status)
        held.update(status=status, lease=None, finished_at=timezone.now(), **(cleared | fields))
        if status != OperationStatus.SUCCEEDED:
            fail_running_steps(operation)
        operation.refresh_from_db()
        audit(TAGS[status], operation, fields, actor=None)
        tell_of(operation)
    logger.info("operation ended", operation=operation.number, kind=operation.kind, status=status.value)


def fail_running_steps(operation: Operation) -> None:
    """It ended in the midst of them."""
    running = operation.steps.filter(status=StepStatus.RUNNING)
    running.update(status=StepStatus.FAILED, finished_at=timezone.now())


def _save_step(operation: Operation, step: OperationStep, *fields: str) -> None:
    """Only while the operation is ours: locking its row keeps another worker from claiming it in between."""
    with transaction.atomic():
        held = Operation.objects.select_for_update().filter(pk=operation.pk, lease=operation.lease)
        if not held.exclude(status__in=sorted(TERMINAL)).exists():
            raise LeaseLost
        step.save(update_fields=fields)


def _step_details(step: OperationStep) -> dict[str, Any]:
    return {
        "step": step.key,
        "acted": step.acted_at is not None,
        "before": step.before,
        "after": step.after,
    }
