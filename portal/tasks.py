"""The base class of every task: its log lines carry the reference number of the request that sent it.

And the only place where a task is sent at the end of a transaction.
"""

import time
from typing import Any, Final

import structlog
from celery.contrib.django.task import DjangoTask
from django.db import transaction

from portal.logs import new_reference

# Headers of a message, beside Celery's own
REFERENCE: Final = "reference"
SENT_AT: Final = "sent_at"


class Task(DjangoTask):  # type: ignore[type-arg]  # which can not be given at run time
    """Sent with the sender's reference number and the moment (seconds since 1970); bound to the log while it runs."""

    abstract = True

    def apply_async(self, *args: Any, headers: dict[str, Any] | None = None, **options: Any) -> Any:
        sent = {SENT_AT: time.time(), **(headers or {})}
        reference = structlog.contextvars.get_contextvars().get(REFERENCE)
        if reference:
            sent.setdefault(REFERENCE, reference)
        return super().apply_async(*args, headers=sent, **options)

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Bind the sender's number, or a new one for a task that beat sent; it goes on to the tasks sent from here."""
        reference = self.request.get(REFERENCE) or new_reference()
        # A worker process runs one task after another: what the last one bound is still there.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(reference=reference, task=self.name)


def send_after_commit(task: Any, *args: Any) -> None:
    """Send ``task`` with ``args`` once the transaction is committed.

    If the queue is down, that is only logged: the row is the work, and beat sends again what no worker has taken. The
    page must say that the operation was taken, for whoever reads an error does it a second time.
    """

    # A function of its own, and no functools.partial: Django logs a failure by ``__qualname__``, which a partial lacks,
    # and the AttributeError would then be the answer of the page.
    def send() -> None:
        # Without retries, because a person waits for the page meanwhile.
        task.apply_async(args=args, retry=False)

    transaction.on_commit(send, robust=True)
