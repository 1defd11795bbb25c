"""Celery tasks for operations. They carry only ids: the row is the work."""

from typing import Final

from celery import shared_task

from vpn.operations.engine import worker
from vpn.operations.engine.advancing import advance

# beat sends each ready operation again every 10 seconds, so messages that no worker takes must not pile up.
EXPIRES_SECONDS: Final = 30


@shared_task
def run(pk: str) -> None:
    """Run the operation as far as it goes without waiting. Harmless if it runs twice, even at the same moment."""
    worker.run(pk)


@shared_task
def advance_operations() -> None:
    """One task for each operation that is ready, so that a slow one does not delay the others."""
    for pk in advance():
        run.apply_async(args=(pk,), expires=EXPIRES_SECONDS)
