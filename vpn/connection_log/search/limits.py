"""A time limit for the queries of a search: nobody waits forever, and nobody keeps the database busy on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from vpn.connection_log.database import execute


class SearchTimeout(Exception):
    """PostgreSQL gave up a query after SEARCH_SECONDS."""


@contextmanager
def limited(*, seconds: int | None = None) -> Iterator[None]:
    """Cancel each query after SEARCH_SECONDS, or after ``seconds`` if that is less. Raises SearchTimeout.

    All queries inside are one transaction (PostgreSQL: SET LOCAL lasts until its end).
    """
    limit = min(seconds or settings.SEARCH_SECONDS, settings.SEARCH_SECONDS)
    nested = connection.in_atomic_block
    try:
        with transaction.atomic():
            # Compiling a query for a page of 50 rows takes longer than running it.
            execute(f"SET LOCAL statement_timeout = {1000 * limit:d}; SET LOCAL jit = off")
            yield
            if nested:
                # The transaction around this one goes on, and its queries have no limit.
                execute("SET LOCAL statement_timeout TO DEFAULT; SET LOCAL jit TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTimeout from error
        raise
