"""Celery tasks of the evidence packs."""

from celery import shared_task

from vpn.evidence import services


@shared_task
def make_last_month() -> bool:
    """Harmless to run twice: a month has one pack of the portal's own. Returns whether it was made now."""
    return services.make_last_month() is not None
