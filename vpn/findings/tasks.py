"""What beat does for the findings."""

from celery import shared_task

from vpn.findings import services


@shared_task
def evaluate() -> None:
    """Running twice is harmless."""
    services.evaluate()
