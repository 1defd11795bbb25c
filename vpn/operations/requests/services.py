"""Asking for an operation, deciding on it, taking it back. The pages, the API and the command all come through here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.audit.tags import Tag
from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_time_limit
from vpn.operations.approval import expires_at
from vpn.operations.base.kind import OperationForm, OperationKind
from vpn.operations.engine import recording, tasks
from vpn.operations.engine.announcing import announce
from vpn.operations.engine.running import steps_of
from vpn.operations.engine.telling import tell_of
from vpn.operations.models import Operation, OperationFile, OperationStep
from vpn.operations.plan.plan import Plan, settings_digest
from vpn.operations.states import CANCELLABLE, OperationStatus
from vpn.operations.transitions import TransitionRefused, audit, move, side_by_side


class PlanStale(TransitionRefused):
    """The endpoint's settings are no longer those that the plan was made from."""

    id = "stale"


class NameNotTyped(TransitionRefused):
    """The endpoint's name was not typed, or not exactly."""

    id = "not-named"


class TooManyPeople(TransitionRefused):
    """More than OPERATION_MAX_PEOPLE would be disconnected."""

    id = "too-many-people"

    def __init__(self, count: int) -> None:
        super().__init__("too many people")
        self.count = count


class TooLate(TransitionRefused):
    """Nobody decided on it in time."""

    id = "too-late"


class OwnOperation(TransitionRefused):
    """Nobody approves what they asked for themselves."""

    id = "own-operation"


@dataclass(frozen=True)
class Draft:
    """What somebody is about to ask for. ``plan`` and what follows from it only where the form is valid."""

    kind: OperationKind
    endpoint: Endpoint | None
    form: OperationForm
    parameters: dict[str, Any]
    plan: Plan | None
    digest: str

    @property
    def heading(self) -> str:
        return self.kind.heading(self.endpoint, self.parameters) if self.plan else str(self.kind.title)

    @property
    def kept(self) -> dict[str, Any]:
        """The parameters as the row keeps them."""
        return self.kind.split_files(self.parameters)[0]

    @property
    def needs_approval(self) -> bool:
        return bool(self.plan and self.plan.destructive and settings.OPERATIONS_REQUIRE_APPROVAL)

    @property
    def people(self) -> int:
        """How many it disconnects: somebody with two connections is one, a connection without a name too."""
        return len({one.username or one.connection_id for one in self.plan.disconnects}) if self.plan else 0

    @property
    def asks_permission(self) -> bool:
        """Whether AWS is asked for the permission before anything is changed."""
        steps = self.kind.steps(self.endpoint, self.kept, self.plan.before) if self.plan else ()
        return any(step.aws_call for step in steps)

    @property
    def name_to_type(self) -> str:
        """Empty: it needn't be typed."""
        if self.plan is None or not self.plan.destructive:
            return ""
        return self.kind.name_to_type(self.endpoint, self.parameters)


def draft(
    *,
    kind: OperationKind,
    endpoint: Endpoint | None,
    data: Mapping[str, Any],
    files: Mapping[str, Any] | None = None,
) -> Draft:
    """Check ``data`` against the last snapshot, and plan. Nothing is written, and AWS is not asked."""
    form = kind.form(data, files, endpoint=endpoint)
    if not form.is_valid():
        return Draft(kind, endpoint, form, {}, None, "")
    parameters = form.parameters()
    return Draft(kind, endpoint, form, parameters, kind.plan(endpoint, parameters), settings_digest(endpoint))


@transaction.atomic
def request(
    *,
    draft: Draft,
    actor: User,
    reason: str,
    digest: str,
    typed_name: str = "",
    origin: RequestOrigin | None = None,
    not_before: datetime | None = None,
    undo_of: Operation | None = None,
) -> Operation:
    """The row, its steps, its audit event; a worker hears of it after the commit.

    ``digest`` is that of the plan which the person has seen. Raises PermissionDenied, ValueError (the form is not
    valid), Stale, TooManyPeople, NotNamed, Busy.
    """
    if not actor.may(Permission.OPERATION_REQUEST):
        raise PermissionDenied(Permission.OPERATION_REQUEST)
    if draft.plan is None:
        raise ValueError("the form is not valid")
    if digest != draft.digest:
        raise PlanStale
    if draft.people > settings.OPERATION_MAX_PEOPLE:
        raise TooManyPeople(draft.people)
    if draft.name_to_type and typed_name.strip() != draft.name_to_type:
        raise NameNotTyped
    operation = _new(draft, draft.plan, actor, reason, not_before, undo_of)
    _insert(operation)
    _keep_files(operation, draft)
    _make_steps(operation)
    audit(Tag.OPERATION_REQUESTED, operation, _asked(operation), actor=actor, origin=origin)
    if operation.status == OperationStatus.QUEUED:
        send_after_commit(operation)
    elif operation.status == OperationStatus.SCHEDULED:
        announce(operation)
    tell_of(operation)
    return operation


def _new(
    draft: Draft,
    plan: Plan,
    actor: User,
    reason: str,
    not_before: datetime | None,
    undo_of: Operation | None,
) -> Operation:
    now = timezone.now()
    later = not_before if not_before and not_before > now else None
    status = OperationStatus.SCHEDULED if later else OperationStatus.QUEUED
    return Operation(
        kind=draft.kind.slug,
        endpoint=draft.endpoint,
        parameters=draft.kept,
        before=plan.before,
        plan=plan.kept(),
        digest=draft.digest,
        reason=reason,
        requested_by=actor,
        requested_by_username=actor.username,
        requested_by_name=actor.name or actor.username,
        status=OperationStatus.AWAITING_APPROVAL if draft.needs_approval else status,
        lane=draft.kind.lock_range(draft.endpoint, draft.parameters),
        undo_of=undo_of,
        not_before=later,
        deadline_at=(later or now) + draft.kind.time_limit_for(draft.parameters),
    )


def _insert(operation: Operation) -> None:
    """Numbers have no gaps: whoever asks next waits until this transaction ends."""
    lock_for_transaction(AdvisoryLock.OPERATION_NUMBER)
    operation.number = (Operation.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    with side_by_side(operation.lane):
        operation.save(force_insert=True)


def _keep_files(operation: Operation, draft: Draft) -> None:
    _parameters, files = draft.kind.split_files(draft.parameters)
    OperationFile.objects.bulk_create(
        OperationFile(operation=operation, name=name, content=content) for name, content in files.items()
    )


def _make_steps(operation: Operation) -> None:
    OperationStep.objects.bulk_create(
        OperationStep(
            operation=operation, position=position, key=step.key, title=step.title, detail=step.detail
        )
        for position, step in enumerate(steps_of(operation), start=1)
    )


def send_after_commit(operation: Operation) -> None:
    """Redis may be down: beat sends again what nobody has picked up, so a failure is only logged."""
    send = partial(tasks.run.apply_async, args=(str(operation.pk),), retry=False)
    transaction.on_commit(send, robust=True)


@transaction.atomic
def approve(*, operation: Operation, actor: User, origin: RequestOrigin | None = None) -> None:
    """Raises PermissionDenied, OwnOperation, OtherVersion, TooLate, WrongState, Stale, Busy."""
    _require_decider(operation, actor)
    time_limit = get_time_limit(operation)
    if operation.status == OperationStatus.AWAITING_APPROVAL and expires_at(operation) <= timezone.now():
        raise TooLate
    if settings_digest(operation.endpoint) != operation.digest:
        raise PlanStale
    now = timezone.now()
    later = operation.not_before is not None and operation.not_before > now
    with side_by_side(operation.lane):
        move(
            operation,
            {OperationStatus.AWAITING_APPROVAL},
            OperationStatus.SCHEDULED if later else OperationStatus.QUEUED,
            decided_by=actor,
            decided_by_name=str(actor),
            decided_at=now,
            deadline_at=(operation.not_before if later and operation.not_before else now) + time_limit,
        )
    audit(Tag.OPERATION_APPROVED, operation, {"reason": operation.reason}, actor=actor, origin=origin)
    if operation.status == OperationStatus.QUEUED:
        send_after_commit(operation)


@transaction.atomic
def reject(*, operation: Operation, actor: User, origin: RequestOrigin | None = None) -> None:
    """Raises PermissionDenied, OwnOperation, WrongState."""
    _require_decider(operation, actor)
    now = timezone.now()
    move(
        operation,
        {OperationStatus.AWAITING_APPROVAL},
        OperationStatus.CANCELLED,
        decided_by=actor,
        decided_by_name=str(actor),
        decided_at=now,
        finished_at=now,
        error_id="operation-rejected",
    )
    audit(Tag.OPERATION_REJECTED, operation, {"reason": operation.reason}, actor=actor, origin=origin)


def _require_decider(operation: Operation, actor: User) -> None:
    if not actor.may(Permission.OPERATION_APPROVE):
        raise PermissionDenied(Permission.OPERATION_APPROVE)
    if operation.requested_by_username == actor.username:
        raise OwnOperation


@transaction.atomic
def cancel(*, operation: Operation, actor: User, origin: RequestOrigin | None = None) -> None:
    """At once where nobody works on it; else the worker stops at its next step. Raises PermissionDenied, WrongState."""
    if not actor.may(Permission.OPERATION_REQUEST):
        raise PermissionDenied(Permission.OPERATION_REQUEST)
    current = Operation.objects.select_for_update().get(pk=operation.pk)
    if current.status == OperationStatus.RUNNING:
        move(operation, {OperationStatus.RUNNING}, OperationStatus.CANCELLING)
    else:
        ended = {"finished_at": timezone.now(), "error_id": "operation-cancelled", "lease": None}
        move(operation, CANCELLABLE - {OperationStatus.RUNNING}, OperationStatus.CANCELLED, **ended)
        recording.fail_running_steps(operation)
    audit(Tag.OPERATION_CANCELLED, operation, {"status": operation.status}, actor=actor, origin=origin)


def _asked(operation: Operation) -> dict[str, Any]:
    people = operation.plan["people"]
    return {
        "reason": operation.reason,
        "parameters": operation.parameters,
        **({"disconnects": people} if people else {}),
        **({"undo_of": operation.undo_of.number} if operation.undo_of else {}),
        **({"not_before": operation.not_before.isoformat()} if operation.not_before else {}),
    }
