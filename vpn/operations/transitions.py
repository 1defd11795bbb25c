"""Moving an operation from one state to another by a person's decision or by time; recording.py is for workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import IntegrityError, transaction

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.operations.models import Operation
from vpn.operations.states import LIVE, OperationStatus, require

CONSTRAINT = "operation_side_by_side"


class TransitionRefused(Exception):
    """It can't be done like this; nothing was written. ``id`` is for scripts, and never changes."""

    id: ClassVar[str] = "refused"


class EndpointBusy(TransitionRefused):
    """Another operation is in the way; None if it has ended at this very moment."""

    id = "busy"

    def __init__(self, other: Operation | None) -> None:
        super().__init__("busy")
        self.other = other


class OtherVersion(TransitionRefused):
    """This version of the portal doesn't have that kind of operation."""

    id = "other-version"


class WrongState(TransitionRefused):
    """It has gone on meanwhile."""

    id = "wrong-state"


@contextmanager
def side_by_side(lane: Any) -> Iterator[None]:
    """Raises Busy where the constraint refuses; the transaction around it stays usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if CONSTRAINT not in str(error):
            raise
        raise EndpointBusy(in_the_way(lane)) from error


def in_the_way(lane: Any) -> Operation | None:
    """The live operation whose lane overlaps."""
    found = Operation.objects.select_related("endpoint").filter(status__in=sorted(LIVE), lane__overlap=lane)
    return found.order_by("number").first()


def move(
    operation: Operation,
    old: frozenset[OperationStatus] | set[OperationStatus],
    new: OperationStatus,
    **fields: Any,
) -> None:
    """Inside a transaction. Raises WrongState if it isn't in one of the ``old`` states any more."""
    current = Operation.objects.select_for_update().get(pk=operation.pk).status
    if current not in old:
        raise WrongState(current)
    require(current, new)
    Operation.objects.filter(pk=operation.pk).update(status=new, **fields)
    operation.refresh_from_db()


def audit(
    tag: Tag,
    operation: Operation,
    details: dict[str, Any],
    *,
    actor: User | None,
    origin: RequestOrigin | None = None,
) -> None:
    """``actor`` None: the portal itself, on behalf of whoever asked for it."""
    record(
        tag,
        actor=actor or operation.requested_by,
        actor_username=operation.requested_by_username,
        target=operation.endpoint.endpoint_id if operation.endpoint else "",
        address=origin.address if origin else None,
        reference=origin.reference if origin else "",
        details={"operation": operation.number, "kind": operation.kind, **details},
    )
