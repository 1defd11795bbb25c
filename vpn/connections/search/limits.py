"""A search that takes too long is given up: nobody waits forever, and nobody keeps the database busy on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class TooSlow(Exception):
    """The database gave up after SEARCH_SECONDS."""


@contextmanager
def limited(*, seconds: int | None = None) -> Iterator[None]:
    """Ends each query after SEARCH_SECONDS, or after ``seconds`` if that is less. Raises TooSlow."""
    milliseconds = 1000 * min(seconds or settings.SEARCH_SECONDS, settings.SEARCH_SECONDS)
    outermost = not connection.in_atomic_block
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Compiling a query for a page of 50 rows takes longer than running it.
                cursor.execute(f"SET LOCAL statement_timeout = {milliseconds:d}; SET LOCAL jit = off")
            yield
            if not outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout TO DEFAULT; SET LOCAL jit TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
