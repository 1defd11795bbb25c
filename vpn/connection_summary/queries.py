"""Reading the sums. Nothing here reads a connection."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection
from django.db.models import Count, F, Max, Min, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from vpn.connection_log.models import ChangedDay, ConnectionUser
from vpn.connection_summary.models import ALL, Extreme, PersonSpan, SummaryDay
from vpn.connection_summary.ranges import DateRange, settled_part

TOP: Final = 10


@dataclass(frozen=True)
class DayTotals:
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
class PersonTotals:
    username: str
    connections: int
    seconds: int
    bytes: int


@dataclass(frozen=True)
class TopPeople:
    """``count``: how many different ones connected."""

    count: int
    by_seconds: list[PersonTotals]
    by_bytes: list[PersonTotals]


@dataclass(frozen=True)
class ExtremeConnection:
    """One connection. ``username`` is empty where the log names nobody."""

    connection_id: str
    at: datetime
    endpoint_id: str
    username: str
    seconds: int
    bytes: int


@dataclass(frozen=True)
class EndpointTotals:
    endpoint_id: str
    connected: int
    failed: int
    seconds: int
    bytes: int
    peak: int


@dataclass(frozen=True)
class SummaryState:
    """``counted_at`` None: nothing has been counted yet. ``waiting_since``: the oldest change that isn't counted."""

    counted_at: datetime | None
    waiting_since: datetime | None


def days(span: DateRange, endpoint_id: str = ALL) -> dict[date, DayTotals]:
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
    return {row[0]: DayTotals(*row) for row in rows}


PEOPLE: Final = """
WITH parts AS (
    SELECT user_id, connections, seconds, ingress_bytes + egress_bytes AS bytes FROM vpn_personspan
    WHERE first = %(first)s AND last = %(last)s AND (%(endpoint)s = '' OR endpoint_id = %(endpoint)s)
    UNION ALL
    SELECT user_id, connections, seconds, ingress_bytes + egress_bytes FROM vpn_personmonth
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


def people(span: DateRange, endpoint_id: str = ALL, *, top: int = TOP) -> TopPeople:
    """From the span's own sums and the days after it; where those aren't there, from months and days."""
    settled = settled_part(span, today=timezone.localdate())
    months: list[date] = []
    if settled and PersonSpan.objects.filter(first=settled.first, last=settled.last).exists():
        days = [day for day in span.days if day > settled.last]
    else:
        settled, months = None, complete_months(span.months())
        days = span.days_outside(months)
    values: dict[str, str | int | date | list[date] | None] = {
        "first": settled.first if settled else None,
        "last": settled.last if settled else None,
        "months": months,
        "days": days,
        "endpoint": endpoint_id,
        "top": top,
    }
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, values)
        rows = cursor.fetchall()
    totals = [PersonTotals(*row[1:]) for row in rows]
    return TopPeople(
        count=rows[0][0] if rows else 0,
        by_seconds=sorted(totals, key=lambda totals: (-totals.seconds, totals.username))[:top],
        by_bytes=sorted(totals, key=lambda totals: (-totals.bytes, totals.username))[:top],
    )


def complete_months(months: list[date]) -> list[date]:
    """Those of them that have sums of their own."""
    with connection.cursor() as cursor:
        cursor.execute(COMPLETE_MONTHS, [months])
        return [month for (month,) in cursor.fetchall()]


def longest(span: DateRange, endpoint_id: str = ALL) -> list[ExtremeConnection]:
    return _extremes(span, endpoint_id, "seconds")


def largest(span: DateRange, endpoint_id: str = ALL) -> list[ExtremeConnection]:
    return _extremes(span, endpoint_id, "bytes")


def _extremes(span: DateRange, endpoint_id: str, by: str) -> list[ExtremeConnection]:
    extremes = Extreme.objects.filter(day__gte=span.first, day__lte=span.last, **{f"{by}__gt": 0})
    if endpoint_id:
        extremes = extremes.filter(endpoint_id=endpoint_id)
    rows = list(
        extremes.order_by(f"-{by}", "connection_id").values_list(
            "connection_id", "at", "endpoint_id", "user_id", "seconds", "bytes"
        )[:TOP]
    )
    names = dict(ConnectionUser.objects.filter(pk__in={row[3] for row in rows}).values_list("pk", "username"))
    return [
        ExtremeConnection(row[0], row[1], row[2], names.get(row[3] or 0, ""), row[4], row[5]) for row in rows
    ]


@dataclass(frozen=True)
class Newcomers:
    """Who connected for the first time, at any endpoint: how many by day, and the newest with username and moment."""

    by_day: dict[date, int]
    newest: list[tuple[str, datetime]]

    @property
    def count(self) -> int:
        return sum(self.by_day.values())


def newcomers(span: DateRange, *, newest: int) -> Newcomers:
    connection_users = ConnectionUser.objects.filter(
        first_connected_at__gte=span.since, first_connected_at__lt=span.until
    )
    by_day = (
        connection_users.annotate(day=TruncDate("first_connected_at"))
        .values_list("day")
        .annotate(Count("pk"))
    )
    rows = connection_users.order_by("-first_connected_at", "username").values_list(
        "username", "first_connected_at"
    )
    return Newcomers(dict(by_day.order_by()), [(name, at) for name, at in rows[:newest] if at])


def endpoints(span: DateRange) -> list[EndpointTotals]:
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
    return sorted(
        (EndpointTotals(row[0], *map(int, row[1:])) for row in rows), key=lambda totals: -totals.connected
    )


def state() -> SummaryState:
    """Whether the sums are up to date."""
    return SummaryState(
        counted_at=SummaryDay.objects.aggregate(at=Max("counted_at"))["at"],
        waiting_since=ChangedDay.objects.aggregate(at=Min("noted_at"))["at"],
    )
