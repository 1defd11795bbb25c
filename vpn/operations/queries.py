"""Reading operations: newest first, by number instead of page number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.paging import KeysetPage, keyset_page
from vpn.endpoints.models import Endpoint
from vpn.operations.models import Operation, OperationFile, OperationStep
from vpn.operations.states import LIVE, PENDING, OperationStatus, StepStatus


@dataclass(frozen=True)
class OperationSearch:
    """Empty fields filter nothing. ``who`` is found in the names of who asked for it and who decided."""

    status: str = ""
    kind: str = ""
    endpoint_id: str = ""
    who: str = ""


def matching(search: OperationSearch) -> QuerySet[Operation]:
    """``status`` may also be ``open``: all that haven't ended."""
    found = Operation.objects.select_related("endpoint")
    if search.status == "open":
        found = found.filter(status__in=sorted(LIVE | PENDING))
    elif search.status:
        found = found.filter(status=search.status)
    if search.kind:
        found = found.filter(kind=search.kind)
    if search.endpoint_id:
        found = found.filter(endpoint__endpoint_id=search.endpoint_id)
    if search.who:
        asked = Q(requested_by_username__icontains=search.who) | Q(requested_by_name__icontains=search.who)
        found = found.filter(asked | Q(decided_by_name__icontains=search.who))
    return found


def page(search: OperationSearch, *, before: str = "", after: str = "") -> KeysetPage[Operation]:
    return keyset_page(matching(search), ordering=("number",), before=before, after=after)


def operation(pk: Any) -> Operation | None:
    return (
        Operation.objects.select_related("endpoint__account", "undo_of", "requested_by").filter(pk=pk).first()
    )


def find_overlapping(lock_range: Any) -> Operation | None:
    """The oldest live operation that excludes one with this lock range."""
    live = Operation.objects.filter(status__in=sorted(LIVE), lock_range__overlap=lock_range)
    return live.select_related("endpoint").order_by("number").first()


def file_of(pk: Any, name: str) -> OperationFile | None:
    return OperationFile.objects.filter(operation=pk, name=name).first()


def undone_by(found: Operation) -> Operation | None:
    """The newest operation that takes it back, if there is one that hasn't come to nothing."""
    undoing = found.undone_by.exclude(status__in=[OperationStatus.FAILED, OperationStatus.CANCELLED])
    return undoing.order_by("-number").first()


def planned_for(endpoints: Collection[Endpoint]) -> list[Operation]:
    """What will begin at a time of its own and disturb people, the soonest first."""
    found = Operation.objects.select_related("endpoint").filter(
        endpoint__in=endpoints, status__in=sorted(PENDING), not_before__gt=timezone.now()
    )
    return [one for one in found.order_by("not_before") if one.plan.get("destructive") or one.plan["people"]]


def newest_of(endpoint: Endpoint, *, count: int) -> list[Operation]:
    return list(endpoint.operations.select_related("endpoint").order_by("-number")[:count])


def last_duration(step: OperationStep) -> timedelta | None:
    """How long the same kind of step took on this endpoint last time."""
    found = OperationStep.objects.filter(
        operation__endpoint=step.operation.endpoint_id,
        title=step.title,
        status=StepStatus.DONE,
        acted_at__isnull=False,
    ).exclude(operation=step.operation_id)
    return (
        found.annotate(took=F("finished_at") - F("started_at"))
        .order_by("-finished_at")
        .values_list("took", flat=True)
        .first()
    )
