"""The shape of a step: observe, then act. Both may run any number of times, in whichever process."""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client
    from vpn.operations.models import Operation, OperationStep


class StepState(Enum):
    TODO = "todo"  # act
    MOVING = "moving"  # AWS is at it: look again later
    DONE = "done"
    FAILED = "failed"  # it won't become done by waiting


@dataclass(frozen=True)
class Observation:
    """What AWS says now. ``seen`` goes into the record; ``status`` is AWS's word for it, such as ``associating``.

    ``reason`` (with FAILED) is an id of vpn/operations/words.py, ``message`` what AWS added.
    """

    state: StepState
    seen: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    reason: str = "operation-step-failed"
    message: str = ""


@dataclass(frozen=True)
class StepContext:
    """What a step is given. ``row`` says since when it runs (``started_at``) and whether it acted (``acted_at``)."""

    opened: "EC2Client | None"
    operation: "Operation"
    row: "OperationStep"

    @property
    def client(self) -> "EC2Client":
        """Of the endpoint's account, and allowed to change it."""
        if self.opened is None:
            raise ValueError("an operation on no endpoint")
        return self.opened

    @property
    def endpoint_id(self) -> str:
        if self.operation.endpoint is None:
            raise ValueError("an operation on no endpoint")
        return self.operation.endpoint.endpoint_id

    @property
    def token(self) -> str:
        """The ClientToken: the same in every attempt at this step, and in none at another."""
        return token_of(self.operation.pk, self.row.key)


def token_of(operation_pk: UUID, key: str) -> str:
    return str(uuid5(operation_pk, key))


@dataclass(frozen=True)
class Step:
    """A subclass is a frozen dataclass of what is to be done, in AWS's words.

    ``title`` is a msgid (gettext_noop). ``key`` is unique within the operation and the same at every run. ``call``
    names the AWS call of ``act``, if it makes one: the first step of the operation proves that it is permitted.
    """

    title: ClassVar[str]
    call: ClassVar[str] = ""
    pause: ClassVar[float] = 5.0  # seconds until the next look, while AWS is at it

    @property
    def key(self) -> str:
        raise NotImplementedError

    @property
    def detail(self) -> str:
        """What it is about, in AWS's words; no language."""
        return ""

    def look(self, work: StepContext) -> Observation:
        """Ask AWS. Raises AwsError."""
        raise NotImplementedError

    def act(self, work: StepContext, *, dry_run: bool = False) -> None:
        """Change AWS, or with ``dry_run`` only ask whether one may. Raises AwsError."""
