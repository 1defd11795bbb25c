"""Read operations, steps and files. Lists are newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.access.models import User
from portal.access.names import account_key, sql_account_key
from portal.access.permissions import Permission, Role, permissions_for
from portal.paging import KeysetPage, keyset_page
from vpn.endpoints.models import Endpoint
from vpn.operations.concurrency import compute_lock_range
from vpn.operations.models import Operation, OperationFile, OperationStep
from vpn.operations.states import LIVE, PENDING, TERMINAL, OperationStatus, StepStatus

# The step that creates an endpoint keeps its id.
CREATE_ENDPOINT_KEY: Final = "create-endpoint"


@dataclass(frozen=True)
class OperationSearch:
    """Empty fields filter nothing. ``who``: a part of the name of who requested it or decided on it."""

    status: str = ""
    kind: str = ""
    endpoint_id: str = ""
    who: str = ""


def matching_operations(search: OperationSearch) -> QuerySet[Operation]:
    """``search.status`` may also be ``open``: all that have not ended."""
    operations = Operation.objects.select_related("endpoint", "undo_of").prefetch_related("steps")
    if search.status == "open":
        operations = operations.filter(status__in=sorted(LIVE | PENDING))
    elif search.status == OperationStatus.RUNNING:
        operations = operations.filter(status__in=[OperationStatus.RUNNING, OperationStatus.WAITING])
    elif search.status:
        operations = operations.filter(status=search.status)
    if search.kind:
        operations = operations.filter(kind=search.kind)
    if search.endpoint_id:
        operations = operations.filter(endpoint__endpoint_id=search.endpoint_id)
    if search.who:
        requested = Q(requested_by_username__icontains=search.who) | Q(
            requested_by_name__icontains=search.who
        )
        operations = operations.filter(requested | Q(decided_by_name__icontains=search.who))
    return operations


def operations_page(search: OperationSearch, *, before: str = "", after: str = "") -> KeysetPage[Operation]:
    return keyset_page(matching_operations(search), ordering=("number",), before=before, after=after)


def get_operation(pk: Any) -> Operation | None:
    return (
        Operation.objects.select_related("endpoint__account", "undo_of", "requested_by")
        .prefetch_related("steps")
        .filter(pk=pk)
        .first()
    )


def find_overlapping(lock_range: Any) -> Operation | None:
    """The oldest live operation that excludes one with this lock range."""
    live = Operation.objects.filter(status__in=sorted(LIVE), lock_range__overlap=lock_range)
    return live.select_related("endpoint").order_by("number").first()


def find_excluding(kind_locks_endpoint: bool, endpoint: Endpoint) -> Operation | None:  # noqa: FBT001
    """A live operation that excludes whatever a kind may do on the endpoint, before anybody knows what exactly."""
    whole = compute_lock_range(endpoint.pk, "")
    lookup = "lock_range__overlap" if kind_locks_endpoint else "lock_range__contains"
    live = Operation.objects.filter(status__in=sorted(LIVE), **{lookup: whole})
    return live.select_related("endpoint").order_by("number").first()


def awaiting_approval_by(user: User) -> int:
    """How many operations wait for a decision that this person may take: nobody decides on their own."""
    waiting = Operation.objects.filter(status=OperationStatus.AWAITING_APPROVAL)
    # By the copied name: the account may be gone, and an address may have been written in another case.
    others = waiting.alias(requested_by_key=sql_account_key("requested_by_username"))
    return others.exclude(requested_by_key=account_key(user.username)).count()


def people_who_may_approve(operation: Operation, *, most: int) -> list[str]:
    """Names of those who may decide on it, by their roles at their last sign-in."""
    roles = [role for role in Role if Permission.OPERATION_APPROVE in permissions_for([role.value])]
    people = User.objects.filter(is_active=True, roles__overlap=[role.value for role in roles])
    others = people.exclude(account_key=account_key(operation.requested_by_username)).order_by(
        "name", "username"
    )
    return [str(person) for person in others[:most]]


def find_unread_change(
    endpoint: Endpoint | None, lock_range: Any, *, before: Operation | None = None
) -> Operation | None:
    """The newest operation that changed the endpoint after the last snapshot of it, and that excludes this lock range.

    A plan from that snapshot says "before" of what is no longer there. Operations that may run side by side don't
    count, because none of them changes what another one's plan gives as "before".
    """
    if endpoint is None:
        return None
    changed = Operation.objects.filter(
        endpoint=endpoint,
        status__in=sorted(TERMINAL),
        lock_range__overlap=lock_range,
        steps__acted_at__isnull=False,
    )
    if endpoint.seen_at is not None:
        changed = changed.filter(finished_at__gt=endpoint.seen_at)
    if before is not None:
        changed = changed.exclude(pk=before.pk)
    return changed.order_by("-number").first()


def get_file(pk: Any, name: str) -> OperationFile | None:
    return OperationFile.objects.filter(operation=pk, name=name).first()


def get_made_endpoint(steps: Sequence[OperationStep]) -> Endpoint | None:
    """The endpoint that an operation has created, once a snapshot has seen it."""
    made = [step.after.get("endpoint_id") for step in steps if step.key == CREATE_ENDPOINT_KEY]
    return Endpoint.objects.filter(endpoint_id=made[0]).first() if made and made[0] else None


def get_undoing_operation(operation: Operation) -> Operation | None:
    """The newest operation that undoes this one and has neither failed nor been cancelled."""
    undoing = operation.undone_by.exclude(status__in=[OperationStatus.FAILED, OperationStatus.CANCELLED])
    return undoing.order_by("-number").first()


def planned_operations(endpoints: Collection[Endpoint]) -> list[Operation]:
    """Operations that will begin at a set time and disconnect people or are destructive, the soonest first."""
    planned = Operation.objects.select_related("endpoint", "undo_of").filter(
        endpoint__in=endpoints, status__in=sorted(PENDING), not_before__gt=timezone.now()
    )
    return _disruptive(planned.prefetch_related("steps"))


def announced_operations() -> list[Operation]:
    """The same of all endpoints, but for those that still await approval: they may never happen."""
    scheduled = Operation.objects.filter(
        endpoint__vanished_at=None, status=OperationStatus.SCHEDULED, not_before__gt=timezone.now()
    )
    return _disruptive(scheduled.exclude(endpoint=None))


def _disruptive(operations: QuerySet[Operation]) -> list[Operation]:
    return [
        operation
        for operation in operations.order_by("not_before")
        if operation.plan.get("destructive") or operation.plan["people"]
    ]


def live_operations(endpoint: Endpoint) -> list[Operation]:
    """Those that are changing it now, or are about to, the oldest first."""
    live = endpoint.operations.select_related("endpoint", "undo_of").filter(status__in=sorted(LIVE))
    return list(live.prefetch_related("steps").order_by("number"))


def newest_succeeded(endpoint: Endpoint, *, kinds: Collection[str]) -> Operation | None:
    succeeded = endpoint.operations.select_related("endpoint").filter(
        status=OperationStatus.SUCCEEDED, kind__in=kinds
    )
    return succeeded.order_by("-number").first()


def newest_operations(endpoint: Endpoint, *, count: int) -> list[Operation]:
    newest = endpoint.operations.select_related("endpoint", "undo_of").prefetch_related("steps")
    return list(newest.order_by("-number")[:count])


def last_duration(step: OperationStep) -> timedelta | None:
    """How long the newest step of the same title took on this endpoint. None if there was none that acted."""
    earlier = OperationStep.objects.filter(
        operation__endpoint=step.operation.endpoint_id,
        title=step.title,
        status=StepStatus.DONE,
        acted_at__isnull=False,
    ).exclude(operation=step.operation_id)
    return (
        earlier.annotate(took=F("finished_at") - F("started_at"))
        .order_by("-finished_at")
        .values_list("took", flat=True)
        .first()
    )
