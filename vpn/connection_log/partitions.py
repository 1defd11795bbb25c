"""A table for each month (UTC) of the connection log, so that retention drops a table instead of deleting rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.conf import settings
from psycopg import sql

from vpn.connection_log.database import execute, fetch_rows

TABLES: Final = ("vpn_connection", "vpn_connectionevent")
NAMES: Final = re.compile(r"(vpn_connection|vpn_connectionevent)_(\d{4})_(\d{2})")

EXISTING: Final = """
SELECT relname::text, inhrelid IS NOT NULL AND NOT inhdetachpending, coalesce(inhdetachpending, false)
FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname LIKE 'vpn\\_connection%'
ORDER BY relname
"""


@dataclass(frozen=True)
class Partition:
    """``attached`` is False for a table that no query finds any more. ``detaching``: its detaching was interrupted."""

    parent: str
    month: date
    attached: bool
    detaching: bool

    @property
    def name(self) -> str:
        return name(self.parent, self.month)


def oldest_kept(now: datetime) -> datetime:
    """The beginning of the oldest month (UTC) that is kept. A month is kept until its last day is too old."""
    oldest = (now - timedelta(days=settings.LOG_RETENTION_DAYS)).astimezone(UTC)
    return oldest.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def ensure(months: Iterable[date]) -> None:
    """Make the tables of these months (their first days) that are missing. Searches go on meanwhile."""
    wanted = {name(table, month): (table, month) for month in months for table in TABLES}
    missing = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL"
    for (table_name,) in fetch_rows(missing, [list(wanted)]):
        _make(*wanted[table_name])


def name(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def _make(table: str, month: date) -> None:
    parts = {
        "table": sql.Identifier(table),
        "partition": sql.Identifier(name(table, month)),
        "low": sql.Literal(datetime(month.year, month.month, 1, tzinfo=UTC)),
        "high": sql.Literal(datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)),
    }
    # ATTACH locks less than CREATE TABLE ... PARTITION OF: searches go on meanwhile.
    for statement in (
        sql.SQL("CREATE TABLE {partition} (LIKE {table} INCLUDING ALL)"),
        sql.SQL("ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({low}) TO ({high})"),
    ):
        execute(statement.format(**parts).as_string())


def existing() -> list[Partition]:
    """Oldest first within each table; also those that were detached and not dropped."""
    rows = [
        (NAMES.fullmatch(table_name), attached, detaching)
        for table_name, attached, detaching in fetch_rows(EXISTING)
    ]
    return [
        Partition(match[1], date(int(match[2]), int(match[3]), 1), attached, detaching)
        for match, attached, detaching in rows
        if match
    ]


def detach(partition: Partition) -> None:
    """While queries go on; not within a transaction. Detached already: nothing happens."""
    how = "FINALIZE" if partition.detaching else "CONCURRENTLY"
    if partition.attached or partition.detaching:
        statement = sql.SQL(f"ALTER TABLE {{table}} DETACH PARTITION {{partition}} {how}")
        names = {"table": sql.Identifier(partition.parent), "partition": sql.Identifier(partition.name)}
        execute(statement.format(**names).as_string())
