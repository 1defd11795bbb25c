"""Celery task for schedules."""

from celery import shared_task

from vpn.operations.schedules import due


@shared_task
def request_due() -> None:
    """Harmless if it runs twice, or late."""
    due.request_due()
