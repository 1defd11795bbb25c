"""Hours that AWS bills, from the connection log and the history of changes. None of this asks AWS."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from vpn.connection_log.models import CONNECTED, Connection
from vpn.connection_log.nights import NIGHT, TOLD_FIRST
from vpn.endpoints.models import ChangedPart, Endpoint, EndpointChange

TOP_PEOPLE: Final = 20
_DAY: Final = timedelta(days=1)


class _BegunHours(Func):
    """The hours that an interval has begun, at least one."""

    template = "greatest(1, ceil(extract(epoch FROM %(expressions)s) / 3600))::bigint"
    output_field = BigIntegerField()


@dataclass(frozen=True)
class PersonHours:
    """``nights``: connections that were open all night; of the last days none is counted (nights.TOLD_FIRST)."""

    username: str
    hours: int
    connections: int
    nights: int
    night_hours: int


def connection_hours(since: datetime, until: datetime) -> dict[str, int]:
    """By endpoint: each connection that began between the two, in begun hours, until it ended or now.

    AWS bills an active connection by the hour; its documents don't say how a part of one counts, so these are the most
    that it can be. Where the log has no end, the latest possible one counts.
    """
    rows = _connections(since, until).values_list("endpoint_id").annotate(all=Sum("hours"))
    return dict(rows)


def person_hours(since: datetime, until: datetime, *, top: int | None = TOP_PEOPLE) -> list[PersonHours]:
    """Whoever was connected longest first. ``top`` None: everybody."""
    midnight = Func(
        Value("day"), F("at"), Value(settings.TIME_ZONE), function="date_trunc", output_field=DateTimeField()
    )
    morning = ExpressionWrapper(midnight + Value(NIGHT + _DAY), output_field=DateTimeField())
    overnight = Q(end__gte=F("morning"), end__lt=timezone.now() - TOLD_FIRST)
    rows = (
        _connections(since, until)
        .filter(user__isnull=False)
        .annotate(morning=morning)
        .values("user__username")
        .annotate(
            all=Sum("hours"),
            connections=Count("connection_id"),
            nights=Count("connection_id", filter=overnight),
            night_hours=Coalesce(Sum("hours", filter=overnight), 0),
        )
        .order_by("-all", "user__username")
    )
    return [
        PersonHours(row["user__username"], row["all"], row["connections"], row["nights"], row["night_hours"])
        for row in rows[:top]
    ]


def network_changes() -> dict[int, list[EndpointChange]]:
    """By the endpoint's key: what happened to its target networks up to now, oldest first."""
    changes: dict[int, list[EndpointChange]] = defaultdict(list)
    rows = EndpointChange.objects.filter(part=ChangedPart.NETWORK).order_by("id")
    for change in rows:
        changes[change.endpoint_id].append(change)
    return changes


def billed_endpoints(since: datetime) -> list[Endpoint]:
    """Those that existed at or after ``since``."""
    return list(
        Endpoint.objects.filter(Q(vanished_at=None) | Q(vanished_at__gte=since)).select_related("account")
    )


def _connections(since: datetime, until: datetime) -> QuerySet[Connection, Any]:
    end = Greatest(Coalesce("ended_at", "latest_end_at", Value(timezone.now())), F("at"))
    return (
        Connection.objects.filter(at__gte=since, at__lt=until, status__in=CONNECTED)
        .annotate(end=end)
        .annotate(hours=_BegunHours(F("end") - F("at")))
        .order_by()
    )
