"""Run an operation: claim it, do its steps, and leave it where AWS needs time."""

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
from vpn.operations.engine.claiming import claim
from vpn.operations.lease import LeaseLost, renew_lease
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus, StepStatus

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client


class RunStopped(Exception):
    """The operation can't go on. ``error_id`` is a key of failure_texts.py; ``code`` and ``message`` are AWS's."""

    def __init__(self, error_id: str, *, code: str = "", message: str = "") -> None:
        super().__init__(error_id)
        self.error_id, self.code, self.message = error_id, code, message


def operation_steps(operation: Operation) -> list[Step]:
    """All its steps, the same in every run. Raises LookupError for a kind that this version doesn't have."""
    kind = get_kind(operation.kind)
    steps = kind.steps(operation.endpoint, operation.parameters, operation.before)
    calls_aws = any(step.aws_call for step in steps)
    return [CheckPermissions(tuple(steps)), *steps] if calls_aws else list(steps)


def run(pk: Any) -> None:
    """Run the operation as far as it goes now.

    Any number of workers may call this at the same moment, and each may die at any point.
    """
    operation = claim(pk)
    if operation is None:
        return
    try:
        if operation.status == OperationStatus.CANCELLING:
            recording.finish_cancelling(operation)
            return
        _run_claimed(operation)
    except LeaseLost:
        _finish_if_cancelling(operation)


def _finish_if_cancelling(operation: Operation) -> None:
    """If the lease is lost because somebody cancelled the operation, this worker is the one that ends it."""
    cancelling = Operation.objects.filter(
        pk=operation.pk, lease=operation.lease, status=OperationStatus.CANCELLING
    )
    current = cancelling.select_related("endpoint", "requested_by").first()
    if current is not None:
        recording.finish_cancelling(current)


def _run_claimed(operation: Operation) -> None:
    try:
        if operation.deadline_at and timezone.now() > operation.deadline_at:
            # With AWS's last error, if that is why it took so long.
            raise RunStopped("operation-deadline", code=operation.error_code, message=operation.error_message)
        with ExitStack() as stack:
            # Steps of an operation without an endpoint open their own clients, so that an account that
            # can't be reached does not stop them in the others.
            account = _endpoint_account(operation) if operation.endpoint else None
            client = stack.enter_context(ec2_client(account, operate=True)) if account else None
            is_finished = _run_steps(operation, client)
        if is_finished:
            recording.succeed(operation)
    except AwsError as error:
        if error.retryable:
            recording.retry_later(operation, error)
        else:
            recording.fail(operation, error_id=error.id, code=error.code, message=error.message)
    except RunStopped as stopped:
        recording.fail(operation, error_id=stopped.error_id, code=stopped.code, message=stopped.message)


def _endpoint_account(operation: Operation) -> Account:
    name = operation.endpoint.account.name if operation.endpoint else ""
    account = accounts.get(name)
    if account is None:
        raise RunStopped("operation-account-unknown", message=name)
    return account


def _run_steps(operation: Operation, client: "EC2Client | None") -> bool:
    """Whether all steps are done."""
    steps = _known_steps(operation)
    rows = {row.key: row for row in operation.steps.all()}
    # Another version of the portal made the rows. Guessing which step is which could repeat a change.
    if [step.key for step in steps] != list(rows):
        raise RunStopped("operation-other-version", message=operation.kind)
    for step in steps:
        row = rows[step.key]
        if row.status != StepStatus.DONE and not _run_step(step, StepContext(client, operation, row)):
            return False
    return True


def _known_steps(operation: Operation) -> list[Step]:
    """Raises RunStopped where this version can't read what another version of the portal wrote."""
    try:
        get_kind(operation.kind)
    except LookupError as error:
        raise RunStopped("operation-kind-unknown", message=operation.kind) from error
    try:
        return operation_steps(operation)
    except (LookupError, TypeError, ValueError) as error:
        raise RunStopped("operation-other-version", message=operation.kind) from error


def _run_step(step: Step, context: StepContext) -> bool:
    """Observe; act if it isn't done; observe again. False if AWS needs time, and the operation waits."""
    operation, row = context.operation, context.row
    if row.status == StepStatus.PENDING:
        recording.begin_step(operation, row)
    observation = _observe(step, context)
    # Also before a further attempt: somebody may have changed AWS in the pause between the two.
    may_save = not row.acted_at or (step.acts_at_once and observation.state is StepState.NOT_DONE)
    if may_save:
        recording.save_before(operation, row, observation)
    if observation.state is StepState.NOT_DONE:
        deviation = step.find_deviation(observation) if may_save else ""
        if deviation:
            raise RunStopped("operation-not-as-planned", message=deviation)
        _act(step, context)
        observation = _observe(step, context)
    if observation.state is StepState.FAILED:
        recording.save_observation(operation, row, observation)
        raise RunStopped(observation.error_id, code=observation.aws_status, message=observation.aws_message)
    if observation.state is StepState.DONE:
        recording.finish_step(operation, row, observation)
        return True
    # NOT_DONE right after act() counts as in progress too: AWS's lists may lag behind its answers.
    recording.wait(operation, row, observation, seconds=step.poll_seconds)
    return False


def _observe(step: Step, context: StepContext) -> Observation:
    renew_lease(context.operation)
    return step.observe(context)


def _act(step: Step, context: StepContext) -> None:
    is_first_attempt = not context.row.acted_at
    recording.save_acted_at(context.operation, context.row)
    renew_lease(context.operation)
    try:
        step.act(context)
    except (AlreadyExists, AlreadyGone):
        # An earlier attempt did it and its answer was lost, or somebody else did it a moment ago.
        return
    except AwsError as error:
        # AWS said no to the whole call, so there is nothing to undo.
        if is_first_attempt and step.acts_at_once and not error.retryable:
            recording.clear_acted_at(context.operation, context.row)
        raise
