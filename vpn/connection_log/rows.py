"""Rows of ``vpn_connection`` and ``vpn_connectionevent``: reading and writing many at once, for store.py alone.

COPY, and arrays in one statement, because a backfill writes thousands of rows a second: ``bench/README.md`` has what
Django's ``bulk_create`` costs instead.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import connection

from vpn.connection_log.database import execute, fetch_rows
from vpn.connection_log.join import JoinedConnection
from vpn.connection_log.log_event import LogEvent
from vpn.connection_log.models import LONGEST_SIGN_IN
from vpn.connection_log.neighbours import Place

# The planner knows nothing about rows that have just come, takes them for few, and would read whole months for each
# batch: every look-up here is meant to go by its index. After a crash of PostgreSQL the newest batches may be missing,
# together with the cursor that moved with them, and are read again.
SETTINGS: Final = """
SET LOCAL synchronous_commit = off; SET LOCAL jit = off;
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off
"""
FIELDS: Final = JoinedConnection.__struct_fields__
COLUMNS: Final = ", ".join("user_id" if name == "username" else name for name in FIELDS)
SELECTED: Final = ", ".join(
    {
        "username": "(SELECT username FROM vpn_connectionuser WHERE id = row.user_id)",
        "device_ip": "host(row.device_ip)",
        "client_ip": "host(row.client_ip)",
        "client_ip_v6": "host(row.client_ip_v6)",
    }.get(name, f"row.{name}")
    for name in FIELDS
)

STORED_EVENTS: Final = """
SELECT event.connection_id, event.at, event.digest, event.raw
FROM jsonb_array_elements_text(%s) AS wanted (connection_id) CROSS JOIN LATERAL (
    SELECT * FROM vpn_connectionevent AS event WHERE event.connection_id = wanted.connection_id COLLATE "C" OFFSET 0
) AS event
"""
KNOWN: Final = f"""
SELECT {SELECTED} FROM jsonb_array_elements_text(%s) AS wanted (connection_id) CROSS JOIN LATERAL (
    SELECT * FROM vpn_connection AS row WHERE row.connection_id = wanted.connection_id COLLATE "C" OFFSET 0
) AS row
"""
# ``low`` and ``high`` over all say at planning time in which months to look.
NEAR: Final = f"""
SELECT {SELECTED}
FROM jsonb_to_recordset(%s) AS wanted (endpoint_id text, address inet, low timestamptz, high timestamptz)
CROSS JOIN LATERAL (
    SELECT * FROM vpn_connection AS row
    WHERE row.{{column}} = wanted.address AND row.at BETWEEN wanted.low AND wanted.high
        AND row.endpoint_id = wanted.endpoint_id AND row.at BETWEEN %s AND %s AND {{condition}} OFFSET 0
) AS row
"""
LEGS: Final = f"""
SELECT {SELECTED} FROM jsonb_to_recordset(%s) AS wanted (low timestamptz, high timestamptz) CROSS JOIN LATERAL (
    SELECT * FROM vpn_connection AS row
    WHERE row.at BETWEEN wanted.low AND wanted.high AND row.status IN ('unfinished', 'sign-in') OFFSET 0
) AS row
"""
# As the index over these has it: there are few.
NO_END: Final = f"""
SELECT {SELECTED} FROM vpn_connection AS row
WHERE row.ended_at IS NULL AND row.status IN ('open', 'ended') AND row.at BETWEEN %s AND %s
"""
OVERDUE: Final = f"""
SELECT {SELECTED} FROM vpn_connection AS row WHERE row.ended_at IS NULL AND row.status = 'open' AND row.at <= %s
ORDER BY row.at LIMIT %s
"""
DELETE: Final = """
DELETE FROM vpn_connection AS row USING jsonb_to_recordset(%s) AS gone (at timestamptz, connection_id text)
WHERE row.at = gone.at AND row.connection_id = gone.connection_id COLLATE "C"
"""


@dataclass(frozen=True)
class NearbyRows:
    """Which rows lie near others: with which address, how soon after them, and what else must hold of them."""

    column: str
    within: timedelta
    condition: str = "true"


def prepare() -> None:
    """The settings under which a transaction reads and writes here."""
    execute(SETTINGS)


def as_json(values: Any) -> str:
    """Thousands of values in one parameter: psycopg writes an array element by element, in Python."""
    return msgspec.json.encode(values).decode()


def stored_events(connection_ids: Collection[str]) -> list[tuple[str, datetime, int, str]]:
    """Connection id, time, digest and text."""
    return fetch_rows(STORED_EVENTS, [as_json(sorted(connection_ids))])


def known_connections(connection_ids: Collection[str]) -> list[JoinedConnection]:
    return _connections(KNOWN, [as_json(sorted(connection_ids))])


def overdue_connections(began_before: datetime, *, limit: int) -> list[JoinedConnection]:
    return _connections(OVERDUE, [began_before, limit])


def legs_before(moments: Iterable[datetime]) -> list[JoinedConnection]:
    """First legs of sign-ins within LONGEST_SIGN_IN before any of these moments."""
    spans: list[dict[str, datetime]] = []
    for at in sorted(set(moments)):
        if spans and at - LONGEST_SIGN_IN <= spans[-1]["high"]:
            spans[-1]["high"] = at
        else:
            spans.append({"low": at - LONGEST_SIGN_IN, "high": at})
    return _connections(LEGS, [as_json(spans)])


def connections_without_end(since: datetime, until: datetime) -> list[JoinedConnection]:
    """Those that began from ``since`` to ``until``, open or closed."""
    return _connections(NO_END, [since, until])


def rows_near(moments: Iterable[tuple[Place, datetime]], nearby: NearbyRows) -> list[JoinedConnection]:
    """Rows at the same place, at most ``within`` after a moment; each once."""
    spans = list(_spans(moments, nearby))
    if not spans:
        return []
    wanted = [
        {"endpoint_id": place.endpoint_id, "address": place.address, "low": low, "high": high}
        for place, low, high in spans
    ]
    params: list[str | datetime] = [
        as_json(wanted),
        min(low for _, low, _ in spans),
        max(high for _, _, high in spans),
    ]
    return _connections(NEAR.format(column=nearby.column, condition=nearby.condition), params)


def _connections(statement: str, params: Sequence[Any]) -> list[JoinedConnection]:
    return [JoinedConnection(*row) for row in fetch_rows(statement, params)]


def _spans(
    moments: Iterable[tuple[Place, datetime]], nearby: NearbyRows
) -> Iterator[tuple[Place, datetime, datetime]]:
    """Where and when to look; spans of a place that overlap are one, so that no row is read twice."""
    open_place, low, high = None, datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    for place, at in sorted(set(moments)):
        if place == open_place and at <= high:
            high = at + nearby.within
            continue
        if open_place:
            yield open_place, low, high
        open_place, low, high = place, at, at + nearby.within
    if open_place:
        yield open_place, low, high


def delete_connections(gone: Sequence[JoinedConnection]) -> None:
    if not gone:
        return
    keys = [{"at": row.at, "connection_id": row.connection_id} for row in gone]
    execute(DELETE, [as_json(keys)])


def insert_connections(rows: Iterable[JoinedConnection], user_ids: dict[str, int]) -> None:
    """In order of time, which is the primary key's: what goes into an index one after the other is written faster."""
    place = FIELDS.index("username")
    with connection.cursor() as cursor, cursor.copy(f"COPY vpn_connection ({COLUMNS}) FROM STDIN") as copy:
        for row in sorted(rows, key=lambda row: (row.at, row.connection_id)):
            values = list(msgspec.structs.astuple(row))
            values[place] = user_ids[row.username] if row.username else None
            copy.write_row(values)


def insert_events(events: Iterable[LogEvent]) -> None:
    """None of them may be stored already."""
    statement = "COPY vpn_connectionevent (connection_id, at, digest, raw) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for event in sorted(events, key=lambda event: (event.connection_id, event.at, event.digest)):
            copy.write_row((event.connection_id, f"{event.at}+00", event.digest, event.raw))
