"""Step: one AWS call of an operation. The worker observes, acts if it must, and observes again.

A worker may die at any point and another one goes on, so both methods may run any number of times.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, uuid5

from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client
    from vpn.operations.models import Operation, OperationStep


class StepState(Enum):
    NOT_DONE = "not-done"  # the worker calls act()
    IN_PROGRESS = "in-progress"  # AWS is still working on it: the worker observes again later
    DONE = "done"
    FAILED = "failed"  # waiting will not help


@dataclass(frozen=True)
class Observation:
    """What AWS says about a step now.

    ``details`` is kept in the step's row (JSON). ``aws_status`` is AWS's own status, such as ``associating``.
    Only with FAILED: ``error_id`` is a key of vpn/operations/failure_texts.py, ``aws_message`` is AWS's explanation.
    """

    state: StepState
    details: dict[str, Any] = field(default_factory=dict)
    aws_status: str = ""
    error_id: str = "operation-step-failed"
    aws_message: str = ""


@dataclass(frozen=True)
class StepContext:
    """What a step works with.

    ``ec2_client`` is None for an operation without an endpoint. ``row`` is the step's row: ``started_at`` says since
    when it runs, ``acted_at`` whether act() was called before.
    """

    ec2_client: "EC2Client | None"
    operation: "Operation"
    row: "OperationStep"

    @property
    def client(self) -> "EC2Client":
        """The client of the endpoint's account, with its operate role. Raises ValueError without an endpoint."""
        if self.ec2_client is None:
            raise ValueError("an operation without an endpoint")
        return self.ec2_client

    @property
    def endpoint_id(self) -> str:
        """AWS's id of the endpoint. Raises ValueError without an endpoint."""
        if self.operation.endpoint is None:
            raise ValueError("an operation without an endpoint")
        return self.operation.endpoint.endpoint_id

    @property
    def client_token(self) -> str:
        """The ClientToken of the step's AWS call."""
        return make_client_token(self.operation.pk, self.row.key)


def make_client_token(operation_pk: UUID, key: str) -> str:
    """A UUID that is the same in every attempt at a step and different for every other step.

    EC2 answers a second call with the same ClientToken like the first one ("Ensuring idempotency in Amazon EC2 API
    requests"), so a worker that died before it saved the answer can simply call again.
    """
    return str(uuid5(operation_pk, key))


@dataclass(frozen=True)
class Step:
    """Base class. A subclass is a frozen dataclass whose fields say what to do, in AWS's terms.

    ``title`` is a msgid (gettext_noop), because the row outlives the language of whoever requested it. ``aws_call``
    names the function of vpn.aws.client_vpn_changes that act() calls: CheckPermissions tries each with DryRun first.
    ``poll_seconds`` is how long the worker waits before it observes again while AWS is still working.
    """

    title: ClassVar[str]
    # The title of a step that only starts this one, see start_together.py.
    begin_title: ClassVar[str] = gettext_noop("Ask AWS to begin")
    aws_call: ClassVar[str] = ""
    poll_seconds: ClassVar[float] = 5.0
    # Whether AWS does all of act() or nothing of it. While AWS shows such a step as not done, nothing of it was
    # done, even if an earlier attempt's answer was lost.
    acts_at_once: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """Unique within the operation, and the same in every run: it finds the step's row again."""
        raise NotImplementedError

    @property
    def detail(self) -> str:
        """What the step is about, in AWS's terms and without words of any language: a subnet id, a CIDR block."""
        return ""

    def observe(self, context: StepContext) -> Observation:
        """Ask AWS how far it is. Changes nothing. Raises AwsError."""
        raise NotImplementedError

    def find_deviation(self, observation: Observation) -> str:
        """How AWS differs from what the confirmed plan gave as "before", in AWS's terms. Empty: it doesn't.

        Asked before act(), of what observe() has just returned. Nobody confirmed that anything else be overwritten.
        """
        return ""

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        """Make the AWS call; with ``dry_run`` only ask whether it is permitted. Raises AwsError."""
