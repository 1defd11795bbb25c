"""Celery tasks of the helpdesk."""

from celery import shared_task

from vpn.helpdesk import watches


@shared_task
def settle_watches() -> int:
    """How many agents' questions were answered."""
    return watches.settle_watches()
