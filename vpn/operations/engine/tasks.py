"""What the worker does for operations. Tasks carry keys; the rows are the work."""

from typing import Final

from celery import shared_task

from vpn.operations.engine import running
from vpn.operations.engine.advancing import advance

# The next tick sends again what nobody has picked up.
EXPIRES: Final = 30


@shared_task
def run(pk: str) -> None:
    """As far as it goes without waiting. Running twice, or at the same time as another, does no harm."""
    running.run(pk)


@shared_task
def advance_operations() -> None:
    """Each operation in a task of its own: a slow one keeps no other waiting."""
    for pk in advance():
        run.apply_async(args=(pk,), expires=EXPIRES)
