"""SQL that the ORM can't say: partitions, sums over months, thousands of rows in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def fetch_rows(
    statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """All rows that the statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def execute(statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> int:
    """The number of rows that the statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
