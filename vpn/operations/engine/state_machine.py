"""The only writer of Operation.status (tests/architecture/test_operation_status.py holds that).

A status changes by one of the transitions declared here. The new status, the audit event and the notification are
written in one transaction, so none of them ever exists without the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.locks import AdvisoryLock, lock_for_transaction
from portal.tasks import send_after_commit
from vpn.endpoints.tasks import read_changed_account
from vpn.operations.engine.notifications import notify_planned, notify_status
from vpn.operations.lease import LeaseLost
from vpn.operations.models import LOCK_CONSTRAINT, Operation, OperationFile, OperationStep
from vpn.operations.queries import find_overlapping
from vpn.operations.refusals import EndpointBusy, WrongState
from vpn.operations.states import CANCELLABLE, TERMINAL, OperationStatus, StepStatus


@dataclass(frozen=True)
class Transition:
    """``tag``: the audit event, if it has one. ``needs_lease``: only the worker that holds the lease may do it."""

    sources: frozenset[OperationStatus]
    target: OperationStatus
    tag: Tag | None = None
    needs_lease: bool = False


_AWAITING: Final = frozenset({OperationStatus.AWAITING_APPROVAL})
_CLAIMED: Final = frozenset({OperationStatus.RUNNING, OperationStatus.CANCELLING})

APPROVE: Final = Transition(_AWAITING, OperationStatus.QUEUED, Tag.OPERATION_APPROVED)
APPROVE_FOR_LATER: Final = Transition(_AWAITING, OperationStatus.SCHEDULED, Tag.OPERATION_APPROVED)
REJECT: Final = Transition(_AWAITING, OperationStatus.CANCELLED, Tag.OPERATION_REJECTED)
EXPIRE: Final = Transition(_AWAITING, OperationStatus.CANCELLED, Tag.OPERATION_CANCELLED)
QUEUE: Final = Transition(frozenset({OperationStatus.SCHEDULED}), OperationStatus.QUEUED)
GIVE_UP: Final = Transition(
    frozenset({OperationStatus.SCHEDULED, OperationStatus.QUEUED}),
    OperationStatus.FAILED,
    Tag.OPERATION_FAILED,
)
# From RUNNING and CANCELLING too: another worker takes over from one that died.
CLAIM: Final = Transition(
    frozenset({OperationStatus.QUEUED, OperationStatus.WAITING, OperationStatus.RUNNING}),
    OperationStatus.RUNNING,
)
CLAIM_CANCELLING: Final = Transition(frozenset({OperationStatus.CANCELLING}), OperationStatus.CANCELLING)
WAIT: Final = Transition(frozenset({OperationStatus.RUNNING}), OperationStatus.WAITING, needs_lease=True)
SUCCEED: Final = Transition(_CLAIMED, OperationStatus.SUCCEEDED, Tag.OPERATION_SUCCEEDED, needs_lease=True)
FAIL: Final = Transition(_CLAIMED, OperationStatus.FAILED, Tag.OPERATION_FAILED, needs_lease=True)
CANCEL: Final = Transition(
    CANCELLABLE - {OperationStatus.RUNNING}, OperationStatus.CANCELLED, Tag.OPERATION_CANCELLED
)
# A worker is at a step right now: it stops after the step, and then does FINISH_CANCELLING.
CANCEL_RUNNING: Final = Transition(
    frozenset({OperationStatus.RUNNING}), OperationStatus.CANCELLING, Tag.OPERATION_CANCELLED
)
FINISH_CANCELLING: Final = Transition(
    frozenset({OperationStatus.CANCELLING}),
    OperationStatus.CANCELLED,
    Tag.OPERATION_CANCELLED,
    needs_lease=True,
)


@transaction.atomic
def insert(
    operation: Operation,
    status: OperationStatus,
    *,
    steps: Iterable[OperationStep],
    files: Iterable[OperationFile],
    actor: User,
    origin: RequestOrigin | None,
    details: dict[str, Any],
) -> None:
    """Save a new operation with its number, its first status, its steps and files. Raises EndpointBusy."""
    # Held until the transaction ends, so that the numbers have no gaps.
    lock_for_transaction(AdvisoryLock.OPERATION_NUMBER)
    operation.number = (Operation.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    operation.status = status
    with _refuse_overlap(operation):
        operation.save(force_insert=True)
    OperationFile.objects.bulk_create(files)
    OperationStep.objects.bulk_create(steps)
    record_event(Tag.OPERATION_REQUESTED, operation, details, actor=actor, origin=origin)
    if status == OperationStatus.SCHEDULED:
        notify_planned(operation)
    notify_status(operation)


@transaction.atomic
def change_status(
    transition: Transition,
    operation: Operation,
    *,
    actor: User | None = None,
    origin: RequestOrigin | None = None,
    fields: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    condition: Q | None = None,
) -> None:
    """Change the status and ``fields`` of the row, and reload ``operation`` from it.

    ``details`` are those of the audit event.
    Ending an operation also sets ``finished_at``, gives the lease back, clears the error of an earlier attempt (unless
    ``fields`` has a new one), and fails the steps that were running. ``condition`` must hold for the row too.
    Raises EndpointBusy; WrongState if the status is none of the transition's sources any more, or LeaseLost where the
    transition needs the lease.
    """
    rows = Operation.objects.filter(condition or Q(), pk=operation.pk, status__in=sorted(transition.sources))
    if transition.needs_lease:
        rows = rows.filter(lease=operation.lease)
    values = {**(_ended() if transition.target in TERMINAL else {}), **(fields or {})}
    # One conditional UPDATE: of two who try at the same moment, the second finds the new status and changes nothing.
    with _refuse_overlap(operation):
        changed = rows.update(status=transition.target, **values)
    if not changed:
        raise LeaseLost if transition.needs_lease else WrongState
    if transition.target in TERMINAL - {OperationStatus.SUCCEEDED}:
        running = operation.steps.filter(status=StepStatus.RUNNING)
        running.update(status=StepStatus.FAILED, finished_at=timezone.now())
    operation.refresh_from_db()
    if transition.tag:
        record_event(transition.tag, operation, details or {}, actor=actor, origin=origin)
    notify_status(operation)
    if transition.target in TERMINAL and operation.endpoint:
        # Plans are made from snapshots: the next one must know what this operation has changed.
        send_after_commit(read_changed_account, operation.endpoint.account.name)


def _ended() -> dict[str, Any]:
    return {
        "finished_at": timezone.now(),
        "lease": None,
        "error_id": "",
        "error_code": "",
        "error_message": "",
    }


@contextmanager
def _refuse_overlap(operation: Operation) -> Iterator[None]:
    """Raises EndpointBusy where the exclusion constraint refuses; the surrounding transaction stays usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if LOCK_CONSTRAINT not in str(error):
            raise
        raise EndpointBusy(find_overlapping(operation.lock_range)) from error


def record_event(
    tag: Tag,
    operation: Operation,
    details: Mapping[str, Any],
    *,
    actor: User | None,
    origin: RequestOrigin | None = None,
) -> None:
    """Append an audit event about an operation. ``actor`` None: the portal, on behalf of who requested it."""
    record(
        tag,
        actor=actor or operation.requested_by,
        actor_username=operation.requested_by_username,
        target=targets.endpoint(operation.endpoint.endpoint_id) if operation.endpoint else None,
        address=origin.address if origin else None,
        reference=origin.reference if origin else "",
        details={"operation": operation.number, "kind": operation.kind, **details},
    )
