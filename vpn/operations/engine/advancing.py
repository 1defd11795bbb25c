"""What beat does every 10 seconds: let scheduled operations in, end late and undecided ones, and say which are due."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.audit.tags import Tag
from vpn.operations.approval import expired
from vpn.operations.engine import recording
from vpn.operations.engine.telling import tell_of
from vpn.operations.models import Operation
from vpn.operations.plan.plan import settings_digest
from vpn.operations.states import OperationStatus
from vpn.operations.transitions import EndpointBusy, WrongState, audit, move, side_by_side


def advance() -> list[str]:
    """The keys of the rows that a worker should look at: they wait no more, or their worker is gone."""
    now = timezone.now()
    for operation in Operation.objects.filter(status=OperationStatus.SCHEDULED, not_before__lte=now):
        _admit(operation, now)
    for operation in Operation.objects.filter(expired(now)):
        _expire(operation)
    # Those that run are ended by whoever works on them.
    for operation in Operation.objects.filter(status=OperationStatus.QUEUED, deadline_at__lt=now):
        _give_up(operation, "operation-deadline")
    found = Operation.objects.filter(recording.due(now)).order_by("number")
    return [str(pk) for pk in found.values_list("pk", flat=True)]


def _expire(operation: Operation) -> None:
    """Nobody has decided: it must not begin by a late approval when nobody expects it any more."""
    ended = {"finished_at": timezone.now(), "error_id": "operation-not-approved"}
    try:
        with transaction.atomic():
            move(operation, {OperationStatus.AWAITING_APPROVAL}, OperationStatus.CANCELLED, **ended)
            audit(Tag.OPERATION_CANCELLED, operation, {"error_id": "operation-not-approved"}, actor=None)
            tell_of(operation)
    except WrongState:
        return


def _admit(operation: Operation, now: datetime) -> None:
    """Into its lane. While another is there it stays outside, until its deadline."""
    if operation.deadline_at and operation.deadline_at < now:
        _give_up(operation, "operation-missed")
        return
    if settings_digest(operation.endpoint) != operation.digest:
        _give_up(operation, "operation-stale")
        return
    try:
        with transaction.atomic(), side_by_side(operation.lane):
            move(operation, {OperationStatus.SCHEDULED}, OperationStatus.QUEUED)
    except (EndpointBusy, WrongState):
        return


def _give_up(operation: Operation, error_id: str) -> None:
    try:
        with transaction.atomic():
            ended = {"finished_at": timezone.now(), "error_id": error_id}
            move(
                operation,
                {OperationStatus.SCHEDULED, OperationStatus.QUEUED},
                OperationStatus.FAILED,
                **ended,
            )
            audit(Tag.OPERATION_FAILED, operation, {"error_id": error_id}, actor=None)
            tell_of(operation)
    except WrongState:
        return
