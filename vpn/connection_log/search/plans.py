"""Ways to the first rows of a search that PostgreSQL doesn't find by itself.

Reading by time until enough rows match is fast where many do. Where few do, what is known of them says where to look:
whose they are, or in which ten minutes the tallies count any.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from vpn.connection_log.models import Connection
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter, PagePosition
from vpn.connection_log.search.people import MatchingPeople
from vpn.connection_log.search.where import WhereClause

Statement = tuple[str, Sequence[Any]]
FIELDS: Final = [field.attname for field in Connection._meta.concrete_fields]
COLUMNS: Final = ", ".join(FIELDS)


class PageDirection(StrEnum):
    """As SQL has it."""

    NEWEST_FIRST = "DESC"
    OLDEST_FIRST = "ASC"


# Finding a person's connections costs about as much as reading this many of them.
ROWS_PER_PERSON: Final = 20
# One person's connections lie scattered; by time they lie side by side.
DEARER: Final = 3
PARTITIONS: Final = """
SELECT right(relname, 7), greatest(reltuples, 0) FROM pg_inherits JOIN pg_class ON oid = inhrelid
WHERE inhparent = 'vpn_connection'::regclass
"""


def better_one_by_one(people: MatchingPeople, search: ConnectionSearch, limit: int) -> bool:
    """Whether to look into each person's connections, or to read all by time until enough are theirs."""
    if len(people.ids) <= 1:
        return bool(people.ids)
    everything, in_range = _estimated_rows(search)
    theirs = people.connections * in_range / max(everything, 1)
    looked_up = min(len(people.ids) * limit, theirs) + len(people.ids) * ROWS_PER_PERSON
    read = min(limit * in_range / max(theirs, 1), in_range)
    return looked_up * DEARER <= read


def _estimated_rows(search: ConnectionSearch) -> tuple[float, float]:
    """How many connections there are, and in the range: from PostgreSQL's statistics, so at once, and near enough."""
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        parts = [(row[0], float(row[1])) for row in cursor.fetchall()]
    return sum(rows for _month, rows in parts), sum(rows * _share(month, search) for month, rows in parts)


def _share(month: str, search: ConnectionSearch) -> float:
    """How much of a partition's month, such as ``2026_11``, lies in the range."""
    begin = datetime.strptime(month, "%Y_%m").replace(tzinfo=UTC)
    end = (begin + timedelta(days=32)).replace(day=1)
    inside = min(end, search.until) - max(begin, search.since)
    return max(inside / (end - begin), 0.0)


def by_time(condition: WhereClause, direction: PageDirection, limit: int) -> Statement:
    order = f"ORDER BY at {direction}, connection_id {direction} LIMIT {limit:d}"
    return f"SELECT {COLUMNS} FROM vpn_connection WHERE {condition.sql} {order}", condition.params


def by_person(
    condition: WhereClause, people: MatchingPeople, direction: PageDirection, limit: int
) -> Statement:
    """Each person's first by the index on (user_id, at), and of these the first."""
    places = "SELECT unnest(%s::bigint[]) AS person"
    return _of_each(places, [people.array], condition.also("user_id = person"), direction, limit)


# What the tallies count of each outcome.
COUNTED: Final = {
    None: "connected + failed + unfinished",
    OutcomeFilter.CONNECTED: "open",
    OutcomeFilter.ENDED: "connected - open",
    OutcomeFilter.FAILED: "failed + unfinished",
    OutcomeFilter.UNFINISHED: "unfinished",
}
TALLIED_CONNECTIONS: Final = """
SELECT bucket, {counted} AS number FROM vpn_connectiontally
WHERE endpoint_id = %(endpoint)s AND {counted} > 0
    AND bucket > %(since)s - interval '10 minutes' AND bucket < %(until)s
"""
TALLIED_FAILURES: Final = """
SELECT bucket, failures AS number FROM vpn_failuretally
WHERE reason = %(reason)s AND (%(endpoint)s = '' OR endpoint_id = %(endpoint)s) AND failures > 0
    AND bucket > %(since)s - interval '10 minutes' AND bucket < %(until)s
"""
# Buckets are taken until they hold enough. What a bucket holds that is cut by an end of the range or by the position is
# not known: such buckets are taken on top.
PLACES: Final = """
SELECT bucket FROM (
    SELECT bucket, sum(sure) OVER (
        ORDER BY bucket {direction} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS nearer
    FROM (
        SELECT bucket, CASE WHEN bucket >= %(sure_since)s AND bucket + interval '10 minutes' <= %(sure_until)s
            THEN sum(number) ELSE 0 END AS sure
        FROM ({tallies}) AS tallies GROUP BY bucket ORDER BY bucket {direction} LIMIT {limit}
    ) AS nearest
) AS summed WHERE nearer IS NULL OR nearer < {wanted}
"""


def knows_places(search: ConnectionSearch) -> bool:
    asked = search.reason or (search.endpoint_id and search.outcome in COUNTED)
    return bool(asked) and search.only_tallied


def by_tally(
    condition: WhereClause,
    search: ConnectionSearch,
    direction: PageDirection,
    limit: int,
    *,
    position: PagePosition | None,
) -> Statement:
    """Only in those ten minutes in which the tallies count any."""
    sure_since, sure_until = since, until = search.since, search.until
    # Rows of the position's own second may lie on either side of it.
    if position and since <= position.at < until:
        if direction is PageDirection.NEWEST_FIRST:
            until, sure_until = position.at + timedelta(seconds=1), position.at
        else:
            since, sure_since = position.at, position.at + timedelta(seconds=1)
    # Each end of the range cuts a bucket, and the position may cut another.
    unsure = 3
    tallies = (
        TALLIED_FAILURES if search.reason else TALLIED_CONNECTIONS.format(counted=COUNTED[search.outcome])
    )
    sql = PLACES.format(tallies=tallies, direction=direction, limit=limit + unsure, wanted=limit)
    values = {
        "reason": search.reason,
        "endpoint": search.endpoint_id,
        "since": since,
        "until": until,
        "sure_since": sure_since,
        "sure_until": sure_until,
    }
    theirs = condition.also("at >= bucket AND at < bucket + interval '10 minutes'")
    places, params = _positional(sql, values)
    return _of_each(places, params, theirs, direction, limit)


def _positional(sql: str, values: dict[str, Any]) -> tuple[str, list[Any]]:
    """Named parameters can't be mixed with the positional ones that Django makes."""
    params = []
    for part in sql.split("%(")[1:]:
        params.append(values[part.partition(")s")[0]])
    for name in values:
        sql = sql.replace(f"%({name})s", "%s")
    return sql, params


def _of_each(
    places: str, place_params: Sequence[Any], theirs: WhereClause, direction: PageDirection, limit: int
) -> Statement:
    """``theirs`` may name the columns of ``places``: the first rows of each place, and of these the first."""
    sql, params = by_time(theirs, direction, limit)
    outer = (
        f"SELECT row.* FROM ({places}) AS places CROSS JOIN LATERAL ({sql}) AS row"
        f" ORDER BY row.at {direction}, row.connection_id {direction} LIMIT {limit:d}"
    )
    return outer, [*place_params, *params]
