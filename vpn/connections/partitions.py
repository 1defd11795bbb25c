"""A table for each month (UTC) of the connection log, so that retention drops a table instead of deleting rows."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from django.db import connection
from psycopg import sql

TABLES: Final = ("vpn_connection", "vpn_connectionevent")


def ensure(months: Iterable[date]) -> None:
    """Make what is missing; ``months`` are first days. Readers of the other partitions are not kept waiting."""
    with connection.cursor() as cursor:
        for month in months:
            for table in TABLES:
                cursor.execute("SELECT to_regclass(%s)", [name(table, month)])
                if cursor.fetchone() == (None,):
                    _make(table, month)


def name(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def _make(table: str, month: date) -> None:
    parts = {
        "table": sql.Identifier(table),
        "partition": sql.Identifier(name(table, month)),
        "low": sql.Literal(datetime(month.year, month.month, 1, tzinfo=UTC)),
        "high": sql.Literal(datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TABLE {partition} (LIKE {table} INCLUDING ALL)").format(**parts).as_string()
        )
        # ATTACH locks less than CREATE TABLE ... PARTITION OF: searches go on meanwhile.
        cursor.execute(
            sql.SQL("ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({low}) TO ({high})")
            .format(**parts)
            .as_string()
        )
