"""Operations and schedules that close endpoints for their users, done or to come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import EndpointTrouble, TroubleKind
from vpn.operation_kinds import KINDS
from vpn.operations.base.kind import KindGroup
from vpn.operations.models import Operation
from vpn.operations.queries import planned_operations
from vpn.operations.schedules.calendar import PAUSE, RESUME, next_due
from vpn.operations.schedules.models import Schedule
from vpn.operations.states import LIVE, PENDING, OperationStatus

DELETE: Final = "delete-endpoint"
DISASSOCIATE: Final = "disassociate-target-network"
ASSOCIATE: Final = "associate-target-network"
CLOSING: Final[dict[TroubleKind, frozenset[str]]] = {
    TroubleKind.GONE: frozenset({DELETE}),
    TroubleKind.CLOSED: frozenset({PAUSE, DISASSOCIATE, DELETE}),
    TroubleKind.NO_EGRESS: frozenset(),
}
# Of the others, none ends the connections of all who use the endpoint.
FOR_EVERYBODY: Final = frozenset(kind.slug for kind in KINDS if kind.group is KindGroup.ENDPOINT)
OPENING: Final = frozenset({RESUME, ASSOCIATE})
# A nightly pause is told on the day itself: an announcement that is always there is not read.
ANNOUNCED_BEFORE: Final = timedelta(hours=12)
# A snapshot may see the end of an operation before the operation does.
TOLERANCE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class PlannedWork:
    """``reconnects``: clients connect again by themselves. ``until``: when it is to be over, if that is known."""

    endpoint: Endpoint
    at: datetime
    reconnects: bool
    closes: bool = False
    until: datetime | None = None
    reason: str = ""


def find_closing(trouble: EndpointTrouble) -> Operation | None:
    """The operation that has brought this about. None: nobody planned it, as far as the portal knows."""
    closing = CLOSING[trouble.kind]
    operations = trouble.endpoint.operations.filter(
        kind__in=closing | OPENING, status__in=[*LIVE, OperationStatus.SUCCEEDED]
    )
    newest = operations.order_by("-number").first() if closing else None
    if newest is None or newest.kind not in closing:
        return None
    # What happened to the endpoint long after our operation is another matter.
    was_open_later = newest.finished_at and trouble.since and trouble.since > newest.finished_at + TOLERANCE
    return None if was_open_later else newest


def find_resumption(endpoint: Endpoint) -> datetime | None:
    """When the endpoint is to be open again, by an operation or a schedule."""
    moments = list(
        endpoint.operations.filter(
            kind=RESUME, status__in=sorted(PENDING), not_before__gt=timezone.now()
        ).values_list("not_before", flat=True)
    )
    moments += [
        moment
        for schedule in endpoint.schedules.filter(enabled=True)
        if (moment := _next(schedule, RESUME, timezone.now()))
    ]
    return min((moment for moment in moments if moment), default=None)


def find_planned_work(endpoints: Collection[Endpoint]) -> list[PlannedWork]:
    """What will disconnect everybody who uses one of these endpoints, the soonest first.

    What is planned for single people is between them and the administrators: nobody else is touched, and whoever is
    to be blocked must not read it here.
    """
    operations = planned_operations(endpoints)
    work = [_operation_work(operation) for operation in operations if operation.kind in FOR_EVERYBODY]
    planned = {item.endpoint.pk for item in work if item.closes}
    scheduled = Schedule.objects.select_related("endpoint").filter(enabled=True, endpoint__in=endpoints)
    work += [
        item
        for schedule in scheduled
        if schedule.endpoint_id not in planned and (item := _schedule_work(schedule))
    ]
    return sorted(work, key=lambda item: item.at)


def _operation_work(operation: Operation) -> PlannedWork:
    if operation.endpoint is None or operation.not_before is None:
        raise ValueError("planned_operations() gives operations of endpoints at set times")
    closes = operation.kind in {PAUSE, DELETE}
    return PlannedWork(
        endpoint=operation.endpoint,
        at=operation.not_before,
        reconnects=bool(operation.plan["reconnects"]),
        closes=closes,
        until=find_resumption(operation.endpoint) if operation.kind == PAUSE else None,
        reason=operation.reason,
    )


def _schedule_work(schedule: Schedule) -> PlannedWork | None:
    now = timezone.now()
    at = _next(schedule, PAUSE, now)
    if at is None or at > now + ANNOUNCED_BEFORE:
        return None
    return PlannedWork(
        endpoint=schedule.endpoint,
        at=at,
        reconnects=False,
        closes=True,
        until=_next(schedule, RESUME, at),
    )


def _next(schedule: Schedule, kind: str, after: datetime) -> datetime | None:
    """The schedule's next run of this kind. Of four runs in a row one at least is of each kind that it has."""
    return next((run.at for run in next_due(schedule.rhythm, after, 4) if run.kind == kind), None)
