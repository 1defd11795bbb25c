"""What beat does for the findings."""

from celery import shared_task

from vpn.findings import changed_outside, endpoint_broken, services


@shared_task
def evaluate() -> None:
    """Running twice is harmless."""
    services.evaluate()


@shared_task
def look_for_outages() -> None:
    """The rules that can't wait: people read on their pages whether somebody knows, and what was changed may be why."""
    services.evaluate([endpoint_broken.KIND, changed_outside.KIND])
