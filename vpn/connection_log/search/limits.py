"""A search that takes too long is given up: nobody waits forever, and nobody keeps the database busy on purpose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class SearchTimeout(Exception):
    """The database gave up after SEARCH_SECONDS."""


@contextmanager
def limited(*, seconds: int | None = None) -> Iterator[None]:
    """Ends each query after SEARCH_SECONDS, or after ``seconds`` if that is less. Raises SearchTimeout."""
    limits = _limits(min(seconds or settings.SEARCH_SECONDS, settings.SEARCH_SECONDS))
    try:
        with _within_a_transaction(), connection.execute_wrapper(limits):
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTimeout from error
        raise


@contextmanager
def _within_a_transaction() -> Iterator[None]:
    """If there is one: it goes on after a query that was given up, and without limits."""
    if not connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT; SET LOCAL jit TO DEFAULT")


def _limits(seconds: int) -> Callable[..., Any]:
    """They go with each query in one message, which is a transaction of its own, and end with it."""
    # Compiling a query for a page of 50 rows takes longer than running it.
    limits = f"SET LOCAL statement_timeout = {1000 * seconds:d}; SET LOCAL jit = off; "

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
        answer = run(f"{limits}{sql}", params, many, context)
        for _ in range(2):
            context["cursor"].nextset()
        return answer

    return execute
