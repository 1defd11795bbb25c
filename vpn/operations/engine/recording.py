"""What a worker writes about the operation that it holds the lease of: its steps, its pauses and its end."""

from datetime import timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from portal.audit.tags import Tag
from vpn.aws.errors import AwsError
from vpn.operations.base.step import Observation
from vpn.operations.engine import state_machine
from vpn.operations.lease import LeaseLost
from vpn.operations.models import Operation, OperationStep
from vpn.operations.states import TERMINAL, StepStatus

FIRST_RETRY_SECONDS: Final = 5
MAX_RETRY_SECONDS: Final = 300
# The lengths of the columns; AWS's texts have none.
AWS_STATUS_LENGTH: Final = 40
ERROR_CODE_LENGTH: Final = 100
ERROR_MESSAGE_LENGTH: Final = 2000

logger = structlog.get_logger(__name__)


def begin_step(operation: Operation, step: OperationStep) -> None:
    """Raises LeaseLost, like every function here."""
    step.status, step.started_at = StepStatus.RUNNING, timezone.now()
    _save_step(operation, step, "status", "started_at")


def save_before(operation: Operation, step: OperationStep, observation: Observation) -> None:
    """Keep what AWS had before this operation changed anything."""
    if step.before != observation.details:
        step.before = observation.details
        _save_step(operation, step, "before")


def save_acted_at(operation: Operation, step: OperationStep) -> None:
    """Before the call: if the worker dies during it, what AWS has from then on may be this operation's work."""
    step.acted_at = timezone.now()
    _save_step(operation, step, "acted_at")


def clear_acted_at(operation: Operation, step: OperationStep) -> None:
    """AWS refused the only call that was made: nothing of the step was done."""
    step.acted_at = None
    _save_step(operation, step, "acted_at")


def save_observation(operation: Operation, step: OperationStep, observation: Observation) -> None:
    """Of a step that doesn't end well: whoever cleans up needs to know what AWS has, such as the failed association."""
    step.aws_status, step.after = observation.aws_status[:AWS_STATUS_LENGTH], observation.details
    _save_step(operation, step, "aws_status", "after")


def finish_step(operation: Operation, step: OperationStep, observation: Observation) -> None:
    step.status, step.finished_at = StepStatus.DONE, timezone.now()
    step.after, step.aws_status = observation.details, observation.aws_status[:AWS_STATUS_LENGTH]
    with transaction.atomic():
        _save_step(operation, step, "status", "finished_at", "after", "aws_status")
        # It made progress, so the next refusal by AWS begins with the shortest pause again.
        Operation.objects.filter(pk=operation.pk).update(attempts=1)
        operation.attempts = 1
        state_machine.record_event(Tag.OPERATION_STEP, operation, _step_details(step), actor=None)


def wait(operation: Operation, step: OperationStep, observation: Observation, *, seconds: float) -> None:
    """AWS is still working on the step: give the lease back, and let a worker observe again after ``seconds``."""
    save_observation(operation, step, observation)
    _release(operation, seconds, attempts=0)


def retry_later(operation: Operation, error: AwsError) -> None:
    """After a retryable error: in 5 seconds, then twice as long each time in a row, up to 5 minutes."""
    doublings = min(operation.attempts, 10) - 1
    seconds = min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2**doublings)
    logger.warning("operation tries later", operation=operation.number, error=error.id, code=error.code)
    _release(operation, seconds, **_error_fields(error.id, error.code, error.message))


def succeed(operation: Operation) -> None:
    state_machine.change_status(state_machine.SUCCEED, operation)
    _log_end(operation)


def fail(operation: Operation, *, error_id: str, code: str = "", message: str = "") -> None:
    """``error_id``: a key of failure_texts.py, or an AwsError's id; ``code`` and ``message`` are AWS's."""
    error = _error_fields(error_id, code, message)
    state_machine.change_status(state_machine.FAIL, operation, fields=error, details=error)
    _log_end(operation)


def finish_cancelling(operation: Operation) -> None:
    error = {"error_id": "operation-cancelled"}
    state_machine.change_status(state_machine.FINISH_CANCELLING, operation, fields=error, details=error)
    _log_end(operation)


def _release(operation: Operation, seconds: float, **fields: Any) -> None:
    next_attempt_at = timezone.now() + timedelta(seconds=seconds)
    released = {"lease": None, "next_attempt_at": next_attempt_at, **fields}
    state_machine.change_status(state_machine.WAIT, operation, fields=released)


def _error_fields(error_id: str, code: str, message: str) -> dict[str, str]:
    return {
        "error_id": error_id,
        "error_code": code[:ERROR_CODE_LENGTH],
        "error_message": message[:ERROR_MESSAGE_LENGTH],
    }


def _log_end(operation: Operation) -> None:
    logger.info(
        "operation ended", operation=operation.number, kind=operation.kind, status=str(operation.status)
    )


def _save_step(operation: Operation, step: OperationStep, *fields: str) -> None:
    """Save only while this worker holds the lease. The row's lock keeps others from claiming it meanwhile."""
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
