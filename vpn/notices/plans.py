"""Operations and schedules that close endpoints for their users, done or to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from vpn.endpoints.trouble import EndpointTrouble, TroubleKind
from vpn.operation_kinds import KINDS
from vpn.operations.base.kind import KindGroup
from vpn.operations.models import Operation
from vpn.operations.queries import announced_operations
from vpn.operations.schedules.calendar import PAUSE, RESUME, next_due
from vpn.operations.schedules.models import Schedule
from vpn.operations.states import LIVE, PENDING, OperationStatus

DELETE: Final = "delete-endpoint"
DISASSOCIATE: Final = "disassociate-target-network"
ASSOCIATE: Final = "associate-target-network"
CLOSING: Final[dict[TroubleKind, frozenset[str]]] = {
    TroubleKind.GONE: frozenset({DELETE}),
    TroubleKind.CLOSED: frozenset({PAUSE, DISASSOCIATE, DELETE}),
}
# Of the others, none ends the connections of all who use the endpoint.
FOR_EVERYBODY: Final = frozenset(kind.slug for kind in KINDS if kind.group is KindGroup.ENDPOINT)
OPENING: Final = frozenset({RESUME, ASSOCIATE})
# A nightly pause is told on the day itself: an announcement that is always there is not read.
ANNOUNCED_BEFORE: Final = timedelta(hours=12)
CACHE_KEY: Final = "planned-work"
# It is the same for everybody, and made of two queries that each open page would repeat.
CACHE_SECONDS: Final = 10
# A snapshot may see the end of an operation before the operation does.
TOLERANCE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class PlannedWork:
    """At the endpoint with the key ``endpoint``. ``reconnects``: clients connect again by themselves.

    ``until``: when it is to be over, if that is known.
    """

    endpoint: int
    at: datetime
    reconnects: bool
    closes: bool = False
    until: datetime | None = None
    reason: str = ""


def find_closing(trouble: EndpointTrouble) -> Operation | None:
    """The operation that has brought this about. None: nobody planned it, as far as the portal knows."""
    operations = trouble.endpoint.operations
    # A snapshot from before its end can't show what an operation has done.
    too_new = Q(finished_at__gt=trouble.endpoint.seen_at or timezone.now(), status=OperationStatus.SUCCEEDED)
    if trouble.kind is TroubleKind.NO_EGRESS:
        # As soon as AWS lets people in again, the way out isn't there yet: a resumption adds its routes after that.
        resumptions = operations.filter(Q(status__in=LIVE) | too_new, kind=RESUME)
        return resumptions.order_by("-number").first()
    closing = CLOSING[trouble.kind]
    # An association takes AWS some ten minutes. Until it is there, the endpoint is closed as it was planned.
    newest = (
        operations.filter(
            Q(kind__in=closing, status__in=[*LIVE, OperationStatus.SUCCEEDED])
            | (Q(kind__in=OPENING, status=OperationStatus.SUCCEEDED) & ~too_new)
        )
        .order_by("-number")
        .first()
    )
    if newest is None or newest.kind not in closing:
        return None
    # What happened to the endpoint long after our operation is another matter.
    was_open_later = newest.finished_at and trouble.since and trouble.since > newest.finished_at + TOLERANCE
    return None if was_open_later else newest


def find_resumption(endpoint: int) -> datetime | None:
    """When the endpoint with this key is to be open again, by an operation or a schedule."""
    now = timezone.now()
    resumptions = Operation.objects.filter(
        endpoint=endpoint, kind=RESUME, status__in=sorted(PENDING), not_before__gt=now
    )
    schedules = Schedule.objects.filter(endpoint=endpoint, enabled=True)
    moments = [
        *resumptions.values_list("not_before", flat=True),
        *(_next(schedule, RESUME, now) for schedule in schedules),
    ]
    return min((moment for moment in moments if moment), default=None)


def planned_work() -> list[PlannedWork]:
    """What will disconnect everybody who uses an endpoint, the soonest first; ten seconds old at most.

    What is planned for single people is between them and the administrators: nobody else is touched, and whoever is
    to be blocked must not read it here.
    """
    work: list[PlannedWork] | None = cache.get(CACHE_KEY)
    if work is None:
        work = _find_planned_work()
        cache.set(CACHE_KEY, work, CACHE_SECONDS)
    return work


def _find_planned_work() -> list[PlannedWork]:
    operations = [operation for operation in announced_operations() if operation.kind in FOR_EVERYBODY]
    work = [
        PlannedWork(
            endpoint=operation.endpoint_id,
            at=operation.not_before,
            reconnects=bool(operation.plan["reconnects"]),
            closes=operation.kind in {PAUSE, DELETE},
            until=find_resumption(operation.endpoint_id) if operation.kind == PAUSE else None,
            reason=operation.reason,
        )
        for operation in operations
        if operation.endpoint_id and operation.not_before
    ]
    # A pause that somebody asked for takes the place of tonight's.
    closed = {item.endpoint for item in work if item.closes}
    schedules = Schedule.objects.filter(enabled=True, endpoint__vanished_at=None).exclude(endpoint__in=closed)
    work += [item for item in map(_schedule_work, schedules) if item]
    return sorted(work, key=lambda item: item.at)


def _schedule_work(schedule: Schedule) -> PlannedWork | None:
    now = timezone.now()
    at = _next(schedule, PAUSE, now)
    if at is None or at > now + ANNOUNCED_BEFORE:
        return None
    return PlannedWork(
        endpoint=schedule.endpoint_id,
        at=at,
        reconnects=False,
        closes=True,
        until=_next(schedule, RESUME, at),
    )


def _next(schedule: Schedule, kind: str, after: datetime) -> datetime | None:
    """The schedule's next run of this kind. Of four runs in a row one at least is of each kind that it has."""
    return next((run.at for run in next_due(schedule.rhythm, after, 4) if run.kind == kind), None)
