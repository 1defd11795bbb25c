"""What beat does for schedules."""

from celery import shared_task

from vpn.operations.schedules import due


@shared_task
def request_due() -> None:
    """Running twice, or late, does no harm."""
    due.request_due()
