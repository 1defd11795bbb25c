"""Why a request, a decision or a status change was refused. Texts for people: requests/refusal_texts.py."""

from collections.abc import Sequence
from typing import ClassVar

from vpn.operations.models import Operation
from vpn.partners.obstacles import WithdrawalObstacle


class OperationRefused(Exception):
    """It can't be done, and nothing was written. ``id`` is part of the API and never changes."""

    id: ClassVar[str] = "refused"


class EndpointBusy(OperationRefused):
    """A live operation excludes this one. ``other`` is None if that ended in this very moment."""

    id = "busy"

    def __init__(self, other: Operation | None) -> None:
        super().__init__("busy")
        self.other = other


class OtherVersion(OperationRefused):
    """This version of the portal doesn't have that kind of operation."""

    id = "other-version"


class WrongState(OperationRefused):
    """The operation's status does not allow it (any more)."""

    id = "wrong-state"


class PlanStale(OperationRefused):
    """The endpoint's settings have changed since the plan was made.

    ``other``: the operation that changed them, if the portal hasn't read the endpoint since it ended.
    """

    id = "stale"

    def __init__(self, other: Operation | None = None) -> None:
        super().__init__("stale")
        self.other = other


class NameNotTyped(OperationRefused):
    """The confirmation text was not typed, or not exactly."""

    id = "not-named"


class TooManyPeople(OperationRefused):
    """It would disconnect more people than OPERATION_MAX_PEOPLE. ``count``: how many."""

    id = "too-many-people"

    def __init__(self, count: int) -> None:
        super().__init__("too many people")
        self.count = count


class PartnersNotTold(OperationRefused):
    """It takes published addresses away, and partners who permit them haven't acknowledged. ``obstacles``: why."""

    id = "partners-not-told"

    def __init__(self, obstacles: Sequence[WithdrawalObstacle]) -> None:
        super().__init__("partners not told")
        self.obstacles = tuple(obstacles)


class TooLate(OperationRefused):
    """The time for its approval is over."""

    id = "too-late"


class OwnOperation(OperationRefused):
    """Nobody approves or rejects what they requested themselves."""

    id = "own-operation"
