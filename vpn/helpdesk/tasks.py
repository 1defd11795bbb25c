"""Celery tasks of the helpdesk."""

from celery import shared_task

from vpn.helpdesk import watches
from vpn.helpdesk.failed_requests import delete_old_failed_requests
from vpn.helpdesk.learning import delete_old_calls


@shared_task
def settle_watches() -> int:
    """How many agents' questions were answered."""
    return watches.settle_watches()


@shared_task
def forget_failed_requests() -> int:
    """How many were deleted: nobody calls about an error page of a month ago."""
    return delete_old_failed_requests()


@shared_task
def forget_old_calls() -> int:
    """How many were deleted: older clients and endpoints say nothing of today's rules."""
    return delete_old_calls()
