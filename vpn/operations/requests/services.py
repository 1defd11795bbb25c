"""Request, approve, reject and cancel operations: for the pages, the API, the command and schedules alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.names import is_same_account
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.tasks import send_after_commit
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_form_data, get_kind, get_time_limit
from vpn.operation_plans.plan import Plan, settings_digest
from vpn.operations.approval_period import approval_deadline
from vpn.operations.base.kind import OperationKind
from vpn.operations.engine import state_machine, tasks
from vpn.operations.engine.worker import operation_steps
from vpn.operations.models import Operation, OperationFile, OperationStep
from vpn.operations.queries import find_unread_change
from vpn.operations.refusals import (
    NameNotTyped,
    OwnOperation,
    PartnersNotTold,
    PlanStale,
    TooLate,
    TooManyPeople,
)
from vpn.operations.requests.drafts import Draft
from vpn.operations.states import OperationStatus
from vpn.partners.obstacles import find_obstacles


def make_draft(
    *,
    kind: OperationKind,
    endpoint: Endpoint | None,
    data: Mapping[str, Any],
    files: Mapping[str, Any] | None = None,
) -> Draft:
    """Validate ``data`` against the last snapshot and plan the operation. Writes nothing and does not call AWS."""
    form = kind.form(data, files, endpoint=endpoint)
    reason = kind.why_not(endpoint)
    if not form.is_valid() or reason:
        if reason:
            # What else was entered doesn't matter: nothing of it can be done.
            form.errors.clear()
            form.add_error(None, str(reason))
        return Draft(kind, endpoint, form, {}, None, "")
    parameters = form.parameters()
    return Draft(kind, endpoint, form, parameters, kind.plan(endpoint, parameters), settings_digest(endpoint))


def draft_again(operation: Operation) -> Draft | None:
    """The draft of the same operation from what is there now; it has no plan where it can't be done any more."""
    data = get_form_data(operation)
    if data is None:
        return None
    return make_draft(kind=get_kind(operation.kind), endpoint=operation.endpoint, data=data)


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
    """Save the operation with its steps and audit event; a worker gets it after the commit.

    ``digest`` is that of the plan which the person confirmed. Raises PermissionDenied, ValueError (the form is not
    valid), PlanStale, TooManyPeople, NameNotTyped, PartnersNotTold, EndpointBusy.
    """
    plan = _confirmed_plan(draft, actor, digest=digest, typed_name=typed_name)
    _require_partners_told(draft.endpoint, plan.addresses_lost, not_before)
    operation = _build(draft, plan, actor, reason, not_before, undo_of)
    _parameters, files = draft.kind.split_files(draft.parameters)
    state_machine.insert(
        operation,
        _first_status(draft, operation),
        steps=_build_steps(operation),
        files=[OperationFile(operation=operation, name=name, content=text) for name, text in files.items()],
        actor=actor,
        origin=origin,
        details=_request_details(operation),
    )
    if operation.status == OperationStatus.QUEUED:
        send_after_commit(tasks.run, str(operation.pk))
    return operation


def _confirmed_plan(draft: Draft, actor: User, *, digest: str, typed_name: str) -> Plan:
    """The draft's plan, if ``actor`` may have it carried out and has confirmed that very one; raises otherwise."""
    if not actor.permissions & draft.kind.permissions:
        raise PermissionDenied(Permission.OPERATION_REQUEST)
    if draft.plan is None:
        raise ValueError("the form is not valid")
    # The draft was made just now, the digest is from the page that the person saw.
    if digest != draft.digest:
        raise PlanStale
    # The snapshot, and so the digest, may be the same although another operation has changed AWS a second ago.
    changed_by = draft.unread_change
    if changed_by is not None:
        raise PlanStale(changed_by)
    if draft.people > settings.OPERATION_MAX_PEOPLE:
        raise TooManyPeople(draft.people)
    if draft.name_to_type and typed_name.strip() != draft.name_to_type:
        raise NameNotTyped
    return draft.plan


def _require_partners_told(
    endpoint: Endpoint | None, addresses_lost: Sequence[str], not_before: datetime | None
) -> None:
    if endpoint is None or not addresses_lost:
        return
    obstacles = find_obstacles(endpoint, addresses_lost, begins_at=not_before or timezone.now())
    if obstacles:
        raise PartnersNotTold(obstacles)


def _build(
    draft: Draft,
    plan: Plan,
    actor: User,
    reason: str,
    not_before: datetime | None,
    undo_of: Operation | None,
) -> Operation:
    now = timezone.now()
    begins_later = not_before if not_before and not_before > now else None
    return Operation(
        kind=draft.kind.slug,
        endpoint=draft.endpoint,
        parameters=draft.stored_parameters,
        before=plan.before,
        plan=plan.to_json(),
        digest=draft.digest,
        reason=reason,
        requested_by=actor,
        requested_by_username=actor.username,
        requested_by_name=actor.name or actor.username,
        lock_range=draft.kind.lock_range(draft.endpoint, draft.parameters),
        undo_of=undo_of,
        not_before=begins_later,
        deadline_at=(begins_later or now) + draft.kind.time_limit_for(draft.parameters),
    )


def _first_status(draft: Draft, operation: Operation) -> OperationStatus:
    if draft.needs_approval:
        return OperationStatus.AWAITING_APPROVAL
    return OperationStatus.SCHEDULED if operation.not_before else OperationStatus.QUEUED


def _build_steps(operation: Operation) -> list[OperationStep]:
    return [
        OperationStep(
            operation=operation, position=position, key=step.key, title=step.title, detail=step.detail
        )
        for position, step in enumerate(operation_steps(operation), start=1)
    ]


@transaction.atomic
def approve(
    *, operation: Operation, actor: User, reason: str = "", origin: RequestOrigin | None = None
) -> None:
    """Let it begin, or wait for its time. Its deadline counts from now on. ``reason``: why it is approved.

    Raises PermissionDenied, OwnOperation, OtherVersion, TooLate, WrongState, PlanStale, PartnersNotTold, EndpointBusy.
    """
    _require_decider(operation, actor)
    time_limit = get_time_limit(operation)
    now = timezone.now()
    if operation.status == OperationStatus.AWAITING_APPROVAL and approval_deadline(operation) <= now:
        raise TooLate
    stale = find_staleness(operation)
    if stale is not None:
        raise stale
    # A partner may have been added meanwhile, or the announcement taken back.
    _require_partners_told(operation.endpoint, operation.plan.get("addresses_lost", ()), operation.not_before)
    begins_later = operation.not_before if operation.not_before and operation.not_before > now else None
    state_machine.change_status(
        state_machine.APPROVE_FOR_LATER if begins_later else state_machine.APPROVE,
        operation,
        actor=actor,
        origin=origin,
        details={"reason": operation.reason, **({"decision_reason": reason} if reason else {})},
        fields={
            "decided_by": actor,
            "decided_by_name": str(actor),
            "decided_at": now,
            "decision_reason": reason,
            "deadline_at": (begins_later or now) + time_limit,
        },
    )
    if operation.status == OperationStatus.QUEUED:
        send_after_commit(tasks.run, str(operation.pk))


def find_staleness(operation: Operation) -> PlanStale | None:
    """Why what was requested can't be approved as it was: it would do something else than its requester has seen."""
    if settings_digest(operation.endpoint) != operation.digest:
        return PlanStale()
    changed_by = find_unread_change(operation.endpoint, operation.lock_range)
    return PlanStale(changed_by) if changed_by is not None else None


def reject(
    *, operation: Operation, actor: User, reason: str = "", origin: RequestOrigin | None = None
) -> None:
    """End it before it began; ``reason`` is for who requested it. Raises PermissionDenied, OwnOperation, WrongState."""
    _require_decider(operation, actor)
    state_machine.change_status(
        state_machine.REJECT,
        operation,
        actor=actor,
        origin=origin,
        details={"reason": operation.reason, **({"decision_reason": reason} if reason else {})},
        fields={
            "decided_by": actor,
            "decided_by_name": str(actor),
            "decided_at": timezone.now(),
            "decision_reason": reason,
            "error_id": "operation-rejected",
        },
    )


def _require_decider(operation: Operation, actor: User) -> None:
    if not actor.may(Permission.OPERATION_APPROVE):
        raise PermissionDenied(Permission.OPERATION_APPROVE)
    if is_same_account(operation.requested_by_username, actor.username):
        raise OwnOperation


@transaction.atomic
def cancel(*, operation: Operation, actor: User, origin: RequestOrigin | None = None) -> None:
    """End it at once, or after the step that a worker is at right now. Raises PermissionDenied, WrongState."""
    if not actor.may(Permission.OPERATION_REQUEST):
        raise PermissionDenied(Permission.OPERATION_REQUEST)
    # Locked, so that no worker claims the operation between this and the change of its status.
    current = Operation.objects.select_for_update().get(pk=operation.pk)
    if current.status == OperationStatus.RUNNING:
        state_machine.change_status(
            state_machine.CANCEL_RUNNING,
            operation,
            actor=actor,
            origin=origin,
            details={"status": OperationStatus.CANCELLING},
        )
    else:
        state_machine.change_status(
            state_machine.CANCEL,
            operation,
            actor=actor,
            origin=origin,
            details={"status": OperationStatus.CANCELLED},
            fields={"error_id": "operation-cancelled"},
        )


def _request_details(operation: Operation) -> dict[str, Any]:
    """What the audit event of a request keeps."""
    people = operation.plan["people"]
    return {
        "reason": operation.reason,
        "parameters": operation.parameters,
        **({"disconnects": people} if people else {}),
        **({"undo_of": operation.undo_of.number} if operation.undo_of else {}),
        **({"not_before": operation.not_before.isoformat()} if operation.not_before else {}),
    }
