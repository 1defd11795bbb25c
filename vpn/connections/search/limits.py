"""A search that takes too long is given up: nobody waits forever, and nobody keeps the database busy on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class TooSlow(Exception):
    """The database gave up after SEARCH_SECONDS."""


@contextmanager
def limited() -> Iterator[None]:
    """Ends each query after SEARCH_SECONDS. Raises TooSlow."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {settings.SEARCH_SECONDS * 1000:d}")
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
