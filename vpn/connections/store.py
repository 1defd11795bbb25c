"""Writing the connection log: events once, and for each connection what its events say together.

A connection's row is a join of its events: each column takes the least, the greatest or the union. So the order in
which events arrive, and how often, makes no difference; where two events of a connection disagree about a name or an
address, the greater one stands, whichever came first. An id names one connection, however far apart its events lie.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from struct import Struct
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from vpn.connections import partitions, statements
from vpn.connections.log_row import NOTHING, LogRow

# Any number that nobody else locks in this database. One batch is written at a time: uniqueness of connection ids
# across partitions rests on it.
LOCK: Final = 0x6C6F67
# More than a sign-in takes.
REACH: Final = timedelta(hours=1)
# PostgreSQL's documentation of COPY, "Binary Format"
BINARY_COPY: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END_OF_COPY: Final = b"\xff\xff"
FIRST: Final = Struct(">hi")
OTHERS: Final = Struct(">iqiqi")
EPOCH: Final = datetime(2000, 1, 1)  # noqa: DTZ001 (all are UTC)


@dataclass(frozen=True)
class Stored:
    """``events``: those that had not been stored before."""

    events: int


def store(rows: Iterable[LogRow]) -> Stored:
    """Store a batch, in one transaction. Harmless for events that are stored already."""
    rows = _distinct(rows)
    if not rows:
        return Stored(0)
    moments = {moment for row in rows for moment in (row.at, row.started_at)} - {NOTHING}
    months, window = _months(moments), _window(moments)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(statements.SETTINGS)
        made = partitions.ensure(months)
        cursor.execute(statements.TEMPORARY_TABLES)
        with cursor.copy(statements.COPY_INCOMING) as copy:
            copy.write("".join([f"{number}\t{row.copied}\n" for number, row in enumerate(rows)]))
        stored = set() if made >= set(months) else _take_out_stored(cursor, window)
        fresh = [row for number, row in enumerate(rows) if number not in stored] if stored else rows
        if fresh:
            _keep(cursor, fresh)
            _join(cursor, window)
    return Stored(len(fresh))


def _distinct(rows: Iterable[LogRow]) -> list[LogRow]:
    """By connection: what goes into an index one after the other finds its place in memory."""
    distinct = {(row.connection_id, row.at, row.digest): row for row in rows}
    return sorted(distinct.values())


def _take_out_stored(cursor: CursorWrapper, window: dict[str, datetime]) -> set[int]:
    """The numbers of the events that had been stored before."""
    cursor.execute(statements.TAKE_OUT_STORED, window)
    return {number for (number,) in cursor.fetchall()}


def _keep(cursor: CursorWrapper, rows: Iterable[LogRow]) -> None:
    """Straight into the table: nobody else writes into it meanwhile."""
    with cursor.copy(statements.COPY_EVENTS) as copy:
        copy.write(BINARY_COPY + b"".join(map(_event, rows)) + END_OF_COPY)


def _event(row: LogRow) -> bytes:
    """COPY's binary format: the number of fields, and before each its length."""
    connection_id = row.connection_id.encode()
    return b"".join(
        (
            FIRST.pack(4, len(connection_id)),
            connection_id,
            OTHERS.pack(8, _microseconds(row.at), 8, row.digest, len(row.raw)),
            row.raw,
        )
    )


def _join(cursor: CursorWrapper, window: dict[str, datetime]) -> None:
    for partition in partitions.attached("vpn_connection"):
        _take_known(cursor, sql.Identifier(partition))
    cursor.execute(statements.WIDEN, window)
    window = dict(zip(window, cursor.fetchone() or (), strict=True))
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


def _months(moments: Iterable[str]) -> list[date]:
    """Those of the events and of the connections that they belong to."""
    return [date.fromisoformat(f"{month}-01") for month in sorted({moment[:7] for moment in moments})]


def _window(moments: Collection[str]) -> dict[str, datetime]:
    """All that the events can touch."""
    return {"low": _moment(min(moments)) - REACH, "high": _moment(max(moments)) + REACH}


def _microseconds(text: str) -> int:
    """Since 2000, as PostgreSQL counts."""
    passed = datetime.fromisoformat(text) - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
