"""Tasks of AWS Health's events."""

from celery import shared_task

from vpn.health_events import services


@shared_task
def read_health_events() -> None:
    """Harmless to run twice: each message goes to one of the two."""
    services.read_queue()


@shared_task
def forget_old_health_events() -> None:
    services.forget_old()
