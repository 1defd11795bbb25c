"""Exact numbers over any range, from sums that the ingest keeps; only a remainder of minutes is read row by row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection

from vpn.connection_log.search import queries
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter

GRAIN: Final = timedelta(minutes=10)
# A bar, how many connections came about in it, how many of them are open, how many attempts failed, how many sign-ins
# were not finished
Numbers = tuple[int, int, int, int, int]

CONNECTIONS: Final = """
SELECT width_bucket(bucket, %s::timestamptz[]), sum(connected)::bigint, sum(open)::bigint, sum(failed)::bigint,
    sum(unfinished)::bigint
FROM vpn_connectiontally
WHERE bucket >= %s AND bucket < %s AND (%s = '' OR endpoint_id = %s)
GROUP BY 1
"""
FAILED: Final = """
SELECT width_bucket(bucket, %s::timestamptz[]), 0, 0,
    coalesce(sum(failures) FILTER (WHERE reason <> 'waiting-for-assertion'), 0)::bigint,
    coalesce(sum(failures) FILTER (WHERE reason = 'waiting-for-assertion'), 0)::bigint
FROM vpn_failuretally
WHERE bucket >= %s AND bucket < %s AND (%s = '' OR endpoint_id = %s) AND reason = %s
GROUP BY 1
"""
ROWS: Final = """
SELECT width_bucket(at, %s::timestamptz[]), count(*) FILTER (WHERE status IN ('open', 'ended')),
    count(*) FILTER (WHERE status = 'open'), count(*) FILTER (WHERE status = 'failed'),
    count(*) FILTER (WHERE status = 'unfinished')
FROM ({rows}) AS found GROUP BY 1
"""


def count_outcomes(
    search: ConnectionSearch, edges: Sequence[datetime]
) -> list[tuple[int, OutcomeFilter, int]]:
    """For each bar between ``edges`` and each outcome, how many; whatever outcome is asked for.

    ``search`` asks for nothing that the tallies don't know (ConnectionSearch.only_tallied).
    """
    search = replace(search, outcome=None)
    counts = []
    for bar, connected, still_open, failed, unfinished in _tallies(search, edges):
        counts += [
            (bar, OutcomeFilter.CONNECTED, still_open),
            (bar, OutcomeFilter.ENDED, connected - still_open),
            (bar, OutcomeFilter.FAILED, failed),
            (bar, OutcomeFilter.UNFINISHED, unfinished),
        ]
    return counts


def _tallies(search: ConnectionSearch, edges: Sequence[datetime]) -> list[Numbers]:
    low, high = _rounded(search.since, up=True), _rounded(search.until, up=False)
    if low >= high:
        return _rows(search, edges)
    params: list[Any] = [list(edges), low, high, search.endpoint_id, search.endpoint_id]
    with connection.cursor() as cursor:
        if search.reason:
            cursor.execute(FAILED, [*params, search.reason])
        else:
            cursor.execute(CONNECTIONS, params)
        rows = list(cursor.fetchall())
    for rest in (replace(search, until=low), replace(search, since=high)):
        if rest.since < rest.until:
            rows += _rows(rest, edges)
    return rows


def _rows(search: ConnectionSearch, edges: Sequence[datetime]) -> list[Numbers]:
    rows, params = queries.matching(search).values("at", "status").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(rows=rows), [list(edges), *params])
        return list(cursor.fetchall())


def _rounded(at: datetime, *, up: bool) -> datetime:
    grain = int(GRAIN.total_seconds())
    seconds = int(at.timestamp())
    return datetime.fromtimestamp((-(-seconds // grain) if up else seconds // grain) * grain, tz=UTC)
