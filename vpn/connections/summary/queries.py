"""Reading the sums. Nothing here reads a connection."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection
from django.db.models import F, Max, Min, Sum

from vpn.connections.models import ConnectionUser
from vpn.connections.summary.models import ALL, ChangedDay, Extreme, SummaryDay
from vpn.connections.summary.ranges import Range

TOP: Final = 10


@dataclass(frozen=True)
class Day:
    """See models.SummaryDay. ``failed`` includes sign-ins that were not finished."""

    day: date
    connected: int
    failed: int
    seconds: int
    bytes: int
    peak: int
    hours: list[int]
    failures: dict[str, int]


@dataclass(frozen=True)
class Person:
    username: str
    connections: int
    seconds: int
    bytes: int


@dataclass(frozen=True)
class People:
    """``count``: how many different ones connected."""

    count: int
    by_seconds: list[Person]
    by_bytes: list[Person]


@dataclass(frozen=True)
class Single:
    """One connection. ``username`` is empty where the log names nobody."""

    connection_id: str
    at: datetime
    endpoint_id: str
    username: str
    seconds: int
    bytes: int


@dataclass(frozen=True)
class EndpointSums:
    endpoint_id: str
    connected: int
    failed: int
    seconds: int
    bytes: int
    peak: int


@dataclass(frozen=True)
class State:
    """``counted_at`` None: nothing has been counted yet. ``waiting_since``: the oldest change that isn't counted."""

    counted_at: datetime | None
    waiting_since: datetime | None


def days(span: Range, endpoint_id: str = ALL) -> dict[date, Day]:
    """Days without a connection, an attempt or a peak are left out."""
    rows = SummaryDay.objects.filter(
        day__gte=span.first, day__lte=span.last, endpoint_id=endpoint_id
    ).values_list(
        "day",
        "connected",
        F("failed") + F("unfinished"),
        "seconds",
        F("ingress_bytes") + F("egress_bytes"),
        "peak",
        "hours",
        "failures",
    )
    return {row[0]: Day(*row) for row in rows}


# Whole months from their own sums, the other days from theirs.
PEOPLE: Final = """
WITH parts AS (
    SELECT user_id, connections, seconds, ingress_bytes + egress_bytes AS bytes FROM vpn_personmonth
    WHERE month = ANY(%(months)s::date[]) AND (%(endpoint)s = '' OR endpoint_id = %(endpoint)s)
    UNION ALL
    SELECT user_id, connections, seconds, ingress_bytes + egress_bytes FROM vpn_personday
    WHERE day = ANY(%(days)s::date[]) AND (%(endpoint)s = '' OR endpoint_id = %(endpoint)s)
), sums AS MATERIALIZED (
    SELECT user_id, sum(connections)::bigint AS connections, sum(seconds)::bigint AS seconds,
        sum(bytes)::bigint AS bytes
    FROM parts GROUP BY user_id
), longest AS (SELECT * FROM sums ORDER BY seconds DESC, user_id LIMIT %(top)s),
largest AS (SELECT * FROM sums ORDER BY bytes DESC, user_id LIMIT %(top)s)
SELECT (SELECT count(*) FROM sums), username, top.connections, seconds, bytes
FROM (SELECT * FROM longest UNION SELECT * FROM largest) AS top JOIN vpn_connectionuser ON id = user_id
"""
COMPLETE_MONTHS: Final = """
SELECT month FROM unnest(%s::date[]) AS month
WHERE EXISTS (SELECT FROM vpn_personmonth WHERE vpn_personmonth.month = month.month) ORDER BY month
"""


def people(span: Range, endpoint_id: str = ALL, *, top: int = TOP) -> People:
    months = _complete(span.months())
    values: dict[str, str | int | list[str]] = {
        "months": [month.isoformat() for month in months],
        "days": [day.isoformat() for day in span.days_outside(months)],
        "endpoint": endpoint_id,
        "top": top,
    }
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, values)
        rows = cursor.fetchall()
    found = [Person(*row[1:]) for row in rows]
    return People(
        count=rows[0][0] if rows else 0,
        by_seconds=sorted(found, key=lambda one: (-one.seconds, one.username))[:top],
        by_bytes=sorted(found, key=lambda one: (-one.bytes, one.username))[:top],
    )


def _complete(months: Iterable[date]) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(COMPLETE_MONTHS, [[month.isoformat() for month in months]])
        return [month for (month,) in cursor.fetchall()]


def longest(span: Range, endpoint_id: str = ALL) -> list[Single]:
    return _extremes(span, endpoint_id, "seconds")


def largest(span: Range, endpoint_id: str = ALL) -> list[Single]:
    return _extremes(span, endpoint_id, "bytes")


def _extremes(span: Range, endpoint_id: str, by: str) -> list[Single]:
    found = Extreme.objects.filter(day__gte=span.first, day__lte=span.last, **{f"{by}__gt": 0})
    if endpoint_id:
        found = found.filter(endpoint_id=endpoint_id)
    rows = list(
        found.order_by(f"-{by}", "connection_id").values_list(
            "connection_id", "at", "endpoint_id", "user_id", "seconds", "bytes"
        )[:TOP]
    )
    names = dict(ConnectionUser.objects.filter(pk__in={row[3] for row in rows}).values_list("pk", "username"))
    return [Single(row[0], row[1], row[2], names.get(row[3] or 0, ""), row[4], row[5]) for row in rows]


def newcomers(span: Range) -> list[tuple[str, datetime]]:
    """Who connected for the first time, at any endpoint, and when; newest first."""
    rows = ConnectionUser.objects.filter(
        first_connected_at__gte=span.since, first_connected_at__lt=span.until
    ).order_by("-first_connected_at", "username")
    return [(name, at) for name, at in rows.values_list("username", "first_connected_at") if at]


def endpoints(span: Range) -> list[EndpointSums]:
    """Of endpoints that had anything to count, most connections first."""
    # PostgreSQL's sums of bigint are numeric.
    rows = (
        SummaryDay.objects.filter(day__gte=span.first, day__lte=span.last)
        .exclude(endpoint_id=ALL)
        .values_list("endpoint_id")
        .annotate(
            all_connected=Sum("connected"),
            all_failed=Sum(F("failed") + F("unfinished")),
            all_seconds=Sum("seconds"),
            all_bytes=Sum(F("ingress_bytes") + F("egress_bytes")),
            highest=Max("peak"),
        )
    )
    return sorted((EndpointSums(row[0], *map(int, row[1:])) for row in rows), key=lambda one: -one.connected)


def state() -> State:
    """Whether the sums are up to date."""
    return State(
        counted_at=SummaryDay.objects.aggregate(at=Max("counted_at"))["at"],
        waiting_since=ChangedDay.objects.aggregate(at=Min("noted_at"))["at"],
    )
