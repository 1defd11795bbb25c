"""The base class of every task: its log lines carry the reference number of the request that sent it."""

import time
from typing import Any, Final

import structlog
from celery.contrib.django.task import DjangoTask

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
