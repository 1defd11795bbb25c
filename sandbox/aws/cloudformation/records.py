"""What CloudFormation remembers: plain records, which the world keeps for each account and Region."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

CREATING: Final = "CREATE_IN_PROGRESS"
ROLLING_BACK: Final = "ROLLBACK_IN_PROGRESS"
UPDATING: Final = "UPDATE_IN_PROGRESS"
CLEANING_UP: Final = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
UPDATE_ROLLING_BACK: Final = "UPDATE_ROLLBACK_IN_PROGRESS"
UPDATE_ROLLBACK_CLEANING_UP: Final = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
DELETING: Final = "DELETE_IN_PROGRESS"
DELETED: Final = "DELETE_COMPLETE"
IN_REVIEW: Final = "REVIEW_IN_PROGRESS"
# From these a stack can be updated (user guide, "Stack status codes").
SETTLED: Final = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", IN_REVIEW}
)


@dataclass
class StackResource:
    """``physical_id`` is what Ref gives; ``generation`` is the stack's when it was last looked at."""

    logical_id: str
    type: str
    properties: dict[str, Any]
    depends_on: frozenset[str]
    deletion_policy: str
    replace_policy: str
    status: str
    at: datetime
    physical_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    generation: int = 0

    @property
    def is_complete(self) -> bool:
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


@dataclass(frozen=True)
class StackEvent:
    id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Description:
    """What a stack should be: a template with its parameters (as texts) and the stack's tags."""

    body: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass
class Stack:
    """``before`` is what an update goes back to; ``garbage`` what it deletes at its end.

    ``replaced``: the garbage that has a successor, by its logical id, so that a rollback can bring it back.
    """

    id: str
    name: str
    access_key: str
    description: Description
    status: str
    at: datetime
    reason: str = ""
    policy: str = ""
    termination_protection: bool = False
    before: Description | None = None
    generation: int = 1
    resources: dict[str, StackResource] = field(default_factory=dict)
    garbage: list[StackResource] = field(default_factory=list)
    replaced: dict[str, StackResource] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    outputs: list[dict[str, str]] = field(default_factory=list)
    updated_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def is_in_progress(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != IN_REVIEW


@dataclass
class ChangeSet:
    """``kind``: CREATE or UPDATE. ``changes``: what DescribeChangeSet says."""

    id: str
    name: str
    stack: Stack
    kind: str
    description: Description
    changes: list[dict[str, Any]]
    status: str
    reason: str
    at: datetime


def moment(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
