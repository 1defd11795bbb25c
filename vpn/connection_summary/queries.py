"""Reading the sums. Nothing here reads a connection."""

import heapq
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from django.db.models import Count, F, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from vpn.connection_log.models import ChangedDay, ConnectionUser
from vpn.connection_summary.models import ALL, Extreme, PersonDay, PersonMonth, PersonSpan, SummaryDay
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


def people(span: DateRange, endpoint_id: str = ALL, *, top: int | None = TOP) -> TopPeople:
    """``top`` None: all of them.

    From the span's own sums and the days after it; where those aren't there, from months and days.
    """
    settled = settled_part(span, today=timezone.localdate())
    months: list[date] = []
    if settled and PersonSpan.objects.filter(first=settled.first, last=settled.last).exists():
        days = [day for day in span.days if day > settled.last]
    else:
        settled, months = None, complete_months(span.months())
        days = span.days_outside(months)
    sums: dict[int, _Sums] = {}
    for rows in (
        PersonSpan.objects.filter(first=settled.first, last=settled.last)
        if settled
        else PersonSpan.objects.none(),
        PersonMonth.objects.filter(month__in=months),
        PersonDay.objects.filter(day__in=days),
    ):
        _add_sums(sums, rows.filter(endpoint_id=endpoint_id) if endpoint_id else rows)
    top = len(sums) if top is None else top
    by_seconds = heapq.nsmallest(top, sums, key=lambda user_id: (-sums[user_id].seconds, user_id))
    by_bytes = heapq.nsmallest(top, sums, key=lambda user_id: (-sums[user_id].bytes, user_id))
    names = dict(ConnectionUser.objects.filter(pk__in={*by_seconds, *by_bytes}).values_list("pk", "username"))
    return TopPeople(
        count=len(sums),
        by_seconds=[PersonTotals(names[pk], *sums[pk]) for pk in by_seconds if pk in names],
        by_bytes=[PersonTotals(names[pk], *sums[pk]) for pk in by_bytes if pk in names],
    )


class _Sums(NamedTuple):
    connections: int
    seconds: int
    bytes: int


def _add_sums(
    sums: dict[int, _Sums], rows: QuerySet[PersonSpan] | QuerySet[PersonMonth] | QuerySet[PersonDay]
) -> None:
    """PostgreSQL sums each table up by person; only these sums, one for each person, are added here."""
    grouped = (
        rows.order_by()
        .values_list("user_id")
        .annotate(
            all_connections=Sum("connections"),
            all_seconds=Sum("seconds"),
            all_bytes=Sum(F("ingress_bytes") + F("egress_bytes")),
        )
    )
    for user_id, *added in grouped:
        before = sums.get(user_id, _Sums(0, 0, 0))
        # PostgreSQL's sums of bigint are numeric.
        sums[user_id] = _Sums(*(old + int(new) for old, new in zip(before, added, strict=True)))


def complete_months(months: list[date]) -> list[date]:
    """Those of them that have sums of their own."""
    return list(
        PersonMonth.objects.filter(month__in=months)
        .order_by("month")
        .values_list("month", flat=True)
        .distinct()
    )


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
