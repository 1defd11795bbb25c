"""The task of the status copy."""

from celery import shared_task

from vpn.status_copy.writing import services


# What takes longer is overtaken by the next one.
@shared_task(soft_time_limit=50, time_limit=58)
def publish() -> None:
    """Harmless to run twice: the later one's pages stay."""
    services.publish()
