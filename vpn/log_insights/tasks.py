"""Log queries in the background. No task waits for AWS: one starts a query, and every 10 seconds beat asks for all."""

from celery import shared_task

from vpn.log_insights import execution
from vpn.log_insights.models import LogQueryPart, LogQueryState


@shared_task
def start(pk: int) -> None:
    part = LogQueryPart.objects.select_related("query", "account").filter(pk=pk).first()
    if part is not None:
        execution.start(part)


@shared_task
def stop(pk: int) -> None:
    part = LogQueryPart.objects.select_related("account").filter(pk=pk).first()
    if part is not None:
        execution.stop(part)


@shared_task
def follow_running() -> None:
    """Those that wait, too: the message that was to start them may have been lost."""
    execution.close_overdue()
    live = LogQueryPart.objects.filter(state__in=[LogQueryState.WAITING, LogQueryState.RUNNING])
    for pk, state in live.values_list("pk", "state"):
        (follow if state == LogQueryState.RUNNING else start).apply_async(args=(pk,), expires=10)


@shared_task
def follow(pk: int) -> None:
    part = (
        LogQueryPart.objects.select_related("query", "account")
        .filter(pk=pk, state=LogQueryState.RUNNING)
        .first()
    )
    if part is not None:
        execution.poll(part)
