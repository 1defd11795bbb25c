"""Writing the connection log: events once, and for each connection what its events say together.

A connection's row is a join of its events: each column takes the least, the greatest or the union. So the order in
which events arrive, and how often, makes no difference; where two events of a connection disagree about a name or an
address, the greater one stands, whichever came first. An id names one connection, however far apart its events lie.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.connection_log import partitions, statements
from vpn.connection_log.log_row import NOTHING, LogRow

# More than a sign-in takes.
REACH: Final = timedelta(hours=1)
# PostgreSQL's documentation of COPY, "Binary Format"
BINARY_COPY: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END_OF_COPY: Final = b"\xff\xff"


@dataclass(frozen=True)
class StoredBatch:
    """``events``: those that had not been stored before."""

    events: int


def store(rows: Iterable[LogRow]) -> StoredBatch:
    """Store a batch, in one transaction. Harmless for events that are stored already."""
    rows = _distinct(rows)
    if not rows:
        return StoredBatch(0)
    moments = {moment for row in rows for moment in (row.at, row.started_at)} - {NOTHING}
    months, window = _months(moments), _window(moments)
    with transaction.atomic(), connection.cursor() as cursor:
        # One batch is written at a time: uniqueness of connection ids across partitions rests on it.
        lock_for_transaction(AdvisoryLock.CONNECTION_LOG)
        cursor.execute(f"{statements.SETTINGS}; {statements.TEMPORARY_TABLES}")
        made = partitions.ensure(months)
        with cursor.copy(statements.COPY_INCOMING) as copy:
            copy.write(b"".join([row.copied for row in rows]))
        stored = set() if made >= set(months) else _take_out_stored(cursor, window)
        fresh = [row for row in rows if (row.connection_id, row.digest) not in stored] if stored else rows
        if fresh:
            _keep(cursor, fresh)
            _join(cursor, window)
    return StoredBatch(len(fresh))


def _distinct(rows: Iterable[LogRow]) -> list[LogRow]:
    """By connection: what goes into an index one after the other finds its place in memory."""
    distinct = {(row.connection_id, row.at, row.digest): row for row in rows}
    return sorted(distinct.values())


def _take_out_stored(cursor: CursorWrapper, window: dict[str, datetime]) -> set[tuple[str, int]]:
    """Of the events that had been stored before: connection and digest."""
    cursor.execute(statements.TAKE_OUT_STORED, window)
    return set(cursor.fetchall())


def _keep(cursor: CursorWrapper, rows: Iterable[LogRow]) -> None:
    """Straight into the table: nobody else writes into it meanwhile."""
    with cursor.copy(statements.COPY_EVENTS) as copy:
        copy.write(b"".join([BINARY_COPY, *[row.event for row in rows], END_OF_COPY]))


def _join(cursor: CursorWrapper, window: dict[str, datetime]) -> None:
    cursor.execute(";".join(map(_take_known, partitions.attached("vpn_connection"))))
    cursor.execute(statements.WIDEN, window)
    cursor.execute(statements.JOIN, dict(zip(window, cursor.fetchone() or (), strict=True)))


def _take_known(partition: str) -> str:
    return sql.SQL(statements.TAKE_KNOWN).format(partition=sql.Identifier(partition)).as_string()


def _months(moments: Iterable[str]) -> list[date]:
    """Those of the events and of the connections that they belong to."""
    return [date.fromisoformat(f"{month}-01") for month in sorted({moment[:7] for moment in moments})]


def _window(moments: Collection[str]) -> dict[str, datetime]:
    """All that the events can touch."""
    return {"low": _moment(min(moments)) - REACH, "high": _moment(max(moments)) + REACH}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
