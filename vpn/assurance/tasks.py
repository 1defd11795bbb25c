"""The task of the requirements."""

from celery import shared_task

from vpn.assurance import services


@shared_task
def evaluate_requirements() -> None:
    """Harmless to run twice: one minute is evaluated once."""
    services.evaluate()
