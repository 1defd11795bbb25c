"""Exact numbers over any range, from sums that the ingest keeps; only a remainder of minutes is read row by row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateTimeField, Func, IntegerField, QuerySet, Sum, Value

from vpn.connection_log.models import ConnectionStatus, ConnectionTally, FailureTally
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search import queries
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter

GRAIN: Final = timedelta(minutes=10)
# The number of a bar (from 1), an outcome, and how many connections or attempts of that outcome began in the bar
OutcomeCount = tuple[int, OutcomeFilter, int]


def count_outcomes(search: ConnectionSearch, edges: Sequence[datetime]) -> list[OutcomeCount]:
    """For each bar between ``edges`` and each outcome, how many, whatever outcome is asked for; in several parts.

    ``search`` asks for nothing that the tallies don't know (ConnectionSearch.only_tallied).
    """
    search = replace(search, outcome=None)
    low, high = _rounded(search.since, up=True), _rounded(search.until, up=False)
    if low >= high:
        return _count_rows(search, edges)
    inner = replace(search, since=low, until=high)
    counts = _sum_failures(inner, edges) if search.reason else _sum_connections(inner, edges)
    for rest in (replace(search, until=low), replace(search, since=high)):
        if rest.since < rest.until:
            counts += _count_rows(rest, edges)
    return counts


def outcome_from_status(status: str) -> OutcomeFilter:
    return OutcomeFilter.CONNECTED if status == ConnectionStatus.OPEN else OutcomeFilter(status)


def _sum_connections(search: ConnectionSearch, edges: Sequence[datetime]) -> list[OutcomeCount]:
    sums = (
        _tallies(ConnectionTally.objects.all(), search)
        .values_list(_bar("bucket", edges))
        .annotate(Sum("open"), Sum("connected"), Sum("failed"), Sum("unfinished"))
    )
    counts: list[OutcomeCount] = []
    for bar, still_open, connected, failed, unfinished in sums:
        # PostgreSQL's sums of bigint are numeric.
        counts += [
            (bar, OutcomeFilter.CONNECTED, int(still_open)),
            (bar, OutcomeFilter.ENDED, int(connected - still_open)),
            (bar, OutcomeFilter.FAILED, int(failed)),
            (bar, OutcomeFilter.UNFINISHED, int(unfinished)),
        ]
    return counts


def _sum_failures(search: ConnectionSearch, edges: Sequence[datetime]) -> list[OutcomeCount]:
    outcome = OutcomeFilter.UNFINISHED if search.reason == UNFINISHED else OutcomeFilter.FAILED
    tallies = _tallies(FailureTally.objects.filter(reason=search.reason), search)
    sums = tallies.values_list(_bar("bucket", edges)).annotate(Sum("failures"))
    return [(bar, outcome, int(failures)) for bar, failures in sums]


def _tallies(tallies: QuerySet[Any], search: ConnectionSearch) -> QuerySet[Any]:
    tallies = tallies.filter(bucket__gte=search.since, bucket__lt=search.until)
    return tallies.filter(endpoint_id=search.endpoint_id) if search.endpoint_id else tallies


def _count_rows(search: ConnectionSearch, edges: Sequence[datetime]) -> list[OutcomeCount]:
    rows = queries.matching(search).values_list(_bar("at", edges), "status").annotate(Count("connection_id"))
    return [(bar, outcome_from_status(status), number) for bar, status, number in rows]


def _bar(column: str, edges: Sequence[datetime]) -> Func:
    """The number of the bar that a moment lies in, from 1."""
    bounds: Value = Value(list(edges), output_field=ArrayField(DateTimeField()))
    return Func(column, bounds, function="width_bucket", output_field=IntegerField())


def _rounded(at: datetime, *, up: bool) -> datetime:
    grain = int(GRAIN.total_seconds())
    seconds = int(at.timestamp())
    return datetime.fromtimestamp((-(-seconds // grain) if up else seconds // grain) * grain, tz=UTC)
