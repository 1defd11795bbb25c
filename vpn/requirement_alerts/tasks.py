"""The task of the alerts."""

from celery import shared_task

from vpn.requirement_alerts import services


@shared_task
def send_alerts() -> None:
    """Harmless to run twice: each alert opens and closes once."""
    services.send_alerts()
