"""Writing the connection log: events once, and for each connection what its events say together.

A connection's row is a join of its events: each column takes the least, the greatest or the union. So the order in
which events arrive, and how often, makes no difference; where two events of a connection disagree about a name or an
address, the greater one stands, whichever came first. An id names one connection: events that share one are joined if
they lie within two days of each other, or in the same month.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from vpn.connections import partitions, statements
from vpn.connections.log_event import LogEvent

# Any number that nobody else locks in this database. One batch is written at a time: uniqueness of connection ids
# across partitions rests on it.
LOCK: Final = 0x6C6F67
# Python runs one thread at a time. A COPY waits very often and very shortly, and each time for whichever thread
# computes meanwhile: so whoever parses in another thread holds this, and lets the COPY through.
COMPUTING: Final = threading.Lock()
# A connection's events lie closer together: a session lasts 24 hours at most.
REACH: Final = timedelta(days=2)
EPOCH: Final = datetime(2000, 1, 1)  # noqa: DTZ001 (all are UTC)


@dataclass(frozen=True)
class Stored:
    """``events``: those that had not been stored before."""

    events: int


def store(events: Sequence[LogEvent]) -> Stored:
    """Store a batch, in one transaction. Harmless for events that are stored already."""
    events = _distinct(events)
    if not events:
        return Stored(0)
    moments = [moment for event in events for moment in (event.at, event.started_at) if moment]
    months, window = _months(moments), _window(moments)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(statements.SETTINGS)
        made = partitions.ensure(months)
        cursor.execute(statements.TEMPORARY_TABLES)
        with COMPUTING, cursor.copy(statements.COPY_INCOMING) as copy:
            for number, event in enumerate(events):
                copy.write_row(row(number, event))
        stored = set() if made >= set(months) else _take_out_stored(cursor, window)
        fresh = [event for number, event in enumerate(events) if number not in stored]
        if fresh:
            _keep(cursor, fresh)
            _join(cursor, window)
    return Stored(len(fresh))


def _distinct(events: Iterable[LogEvent]) -> list[LogEvent]:
    """By connection: what goes into an index one after the other finds its place in memory."""
    distinct = {(event.connection_id, event.at, event.digest): event for event in events}
    return sorted(distinct.values(), key=attrgetter("connection_id"))


def _take_out_stored(cursor: CursorWrapper, window: dict[str, datetime]) -> set[int]:
    """The numbers of the events that had been stored before."""
    cursor.execute(statements.TAKE_OUT_STORED, window)
    return {number for (number,) in cursor.fetchall()}


def _keep(cursor: CursorWrapper, events: Iterable[LogEvent]) -> None:
    """Straight into the table: nobody else writes into it meanwhile."""
    with COMPUTING, cursor.copy(statements.COPY_EVENTS) as copy:
        copy.set_types(statements.COPY_EVENTS_TYPES)
        for event in events:
            copy.write_row((event.connection_id, _microseconds(event.at), event.digest, event.raw))


def _join(cursor: CursorWrapper, window: dict[str, datetime]) -> None:
    for partition in partitions.between("vpn_connection", **window):
        _take_known(cursor, sql.Identifier(partition))
    cursor.execute(statements.JOIN_EVENTS)
    cursor.execute(statements.KEEP_CONNECTIONS)
    cursor.execute(statements.SETTLE_SIGN_INS, window)
    cursor.execute(statements.COUNT)
    cursor.execute(statements.COUNT_FAILURES)
    cursor.execute(statements.COUNT_USERS)
    cursor.execute(statements.COUNT_USERS_ANEW)
    cursor.execute(statements.NOTE_DAYS)


def _take_known(cursor: CursorWrapper, partition: sql.Identifier) -> None:
    cursor.execute(sql.SQL(statements.FIND_KNOWN).format(partition=partition).as_string())
    if cursor.rowcount:
        cursor.execute(sql.SQL(statements.TAKE_KNOWN).format(partition=partition).as_string())


def row(number: int, event: LogEvent) -> tuple[object, ...]:
    """As statements.TEMPORARY_TABLES has it in ``incoming``."""
    return (
        number,
        event.connection_id,
        event.endpoint_id,
        event.at,
        event.digest,
        int(event.kind),
        event.username,
        event.common_name,
        event.device_type,
        event.device_ip,
        event.port,
        event.transport_protocol,
        event.client_ip,
        event.client_ip_v6,
        event.started_at,
        event.ended_at,
        event.duration_seconds,
        event.ingress_bytes,
        event.egress_bytes,
        event.ingress_packets,
        event.egress_packets,
        event.failure_reason,
        event.reset_status,
    )


def _months(moments: Iterable[str]) -> list[date]:
    """Those of the events and of the connections that they belong to."""
    return [date.fromisoformat(f"{month}-01") for month in sorted({moment[:7] for moment in moments})]


def _window(moments: Sequence[str]) -> dict[str, datetime]:
    """All that the events, and the connections that they belong to, can touch."""
    return {"low": _moment(min(moments)) - REACH, "high": _moment(max(moments)) + REACH}


@lru_cache(maxsize=65_536)
def _microseconds(text: str) -> int:
    """Since 2000, as PostgreSQL counts."""
    passed = datetime.fromisoformat(text) - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
