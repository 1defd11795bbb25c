"""Carrying an operation out: claim the row, go through its steps, leave it where AWS needs time."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from vpn.aws import accounts
from vpn.aws.accounts import Account
from vpn.aws.errors import AlreadyExists, AlreadyGone, AwsError
from vpn.aws.session import ec2_client
from vpn.operation_kinds import get_kind
from vpn.operations.base.permission_check import CheckPermissions
from vpn.operations.base.step import Observation, Step, StepContext, StepState
from vpn.operations.engine import recording
from vpn.operations.lease import LeaseLost, renew_lease
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus, StepStatus

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client


class RunStopped(Exception):
    """It can't go on. ``error_id`` is of vpn/operations/failure_texts.py."""

    def __init__(self, error_id: str, *, code: str = "", message: str = "") -> None:
        super().__init__(error_id)
        self.error_id, self.code, self.message = error_id, code, message


def steps_of(operation: Operation) -> list[Step]:
    """All of them, the same at every run. Raises LookupError for a kind that this version doesn't have."""
    kind = get_kind(operation.kind)
    steps = kind.steps(operation.endpoint, operation.parameters, operation.before)
    return [CheckPermissions(tuple(steps)), *steps] if any(step.aws_call for step in steps) else list(steps)


def run(pk: Any) -> None:
    """As far as it goes now. Any number of workers may try at once, and each may die at any point."""
    operation = recording.claim(pk)
    if operation is None:
        return
    try:
        if operation.status == OperationStatus.CANCELLING:
            recording.end_cancelled(operation)
            return
        _advance(operation)
    except LeaseLost:
        _end_if_cancelled(operation)


def _end_if_cancelled(operation: Operation) -> None:
    """Somebody cancelled while we were at it: the lease is still ours, and we are the ones to stop."""
    found = Operation.objects.filter(
        pk=operation.pk, lease=operation.lease, status=OperationStatus.CANCELLING
    )
    current = found.select_related("endpoint", "requested_by").first()
    if current is not None:
        recording.end_cancelled(current)


def _advance(operation: Operation) -> None:
    try:
        if operation.deadline_at and timezone.now() > operation.deadline_at:
            # With AWS's last word, if it is what kept us.
            raise RunStopped("operation-deadline", code=operation.error_code, message=operation.error_message)
        with ExitStack() as stack:
            # What is done on every endpoint opens its own ways: no account may stop it in the others.
            account = _account(operation) if operation.endpoint else None
            client = stack.enter_context(ec2_client(account, operate=True)) if account else None
            finished = _through_steps(operation, client)
        if finished:
            recording.succeed(operation)
    except AwsError as error:
        if error.retryable:
            recording.try_later(operation, error)
        else:
            recording.fail(operation, error_id=error.id, code=error.code, message=error.message)
    except RunStopped as stopped:
        recording.fail(operation, error_id=stopped.error_id, code=stopped.code, message=stopped.message)


def _account(operation: Operation) -> Account:
    name = operation.endpoint.account.name if operation.endpoint else ""
    account = accounts.get(name)
    if account is None:
        raise RunStopped("operation-account-unknown", message=name)
    return account


def _through_steps(operation: Operation, client: "EC2Client | None") -> bool:
    """Whether all are done."""
    steps = _known_steps(operation)
    rows = {row.key: row for row in operation.steps.all()}
    if [step.key for step in steps] != list(rows):
        raise RunStopped("operation-other-version", message=operation.kind)
    for step in steps:
        row = rows[step.key]
        if row.status != StepStatus.DONE and not _take(step, StepContext(client, operation, row)):
            return False
    return True


def _known_steps(operation: Operation) -> list[Step]:
    """Its row was perhaps written by another version of the portal, whose parameters were others."""
    try:
        get_kind(operation.kind)
    except LookupError as error:
        raise RunStopped("operation-kind-unknown", message=operation.kind) from error
    try:
        return steps_of(operation)
    except (LookupError, TypeError, ValueError) as error:
        raise RunStopped("operation-other-version", message=operation.kind) from error


def _take(step: Step, context: StepContext) -> bool:
    """Observe, act if it isn't done, observe again. False: AWS needs time, and the row waits."""
    operation, row = context.operation, context.row
    if row.status == StepStatus.PENDING:
        recording.begin_step(operation, row)
    observation = _observe(step, context)
    if not row.acted_at:
        recording.keep_before(operation, row, observation)
    if observation.state is StepState.NOT_DONE:
        _act(step, context)
        observation = _observe(step, context)
    if observation.state is StepState.FAILED:
        raise RunStopped(observation.error_id, code=observation.aws_status, message=observation.aws_message)
    if observation.state is StepState.DONE:
        recording.finish_step(operation, row, observation)
        return True
    recording.wait(operation, row, observation, seconds=step.poll_seconds)
    return False


def _observe(step: Step, context: StepContext) -> Observation:
    renew_lease(context.operation)
    return step.observe(context)


def _act(step: Step, context: StepContext) -> None:
    """What it finds done already was done by an attempt whose answer was lost, or by somebody else a moment ago."""
    recording.about_to_act(context.operation, context.row)
    renew_lease(context.operation)
    try:
        step.act(context)
    except (AlreadyExists, AlreadyGone):
        return
