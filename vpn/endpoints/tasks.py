"""What beat does for the snapshots."""

from celery import shared_task

from vpn.endpoints import services


@shared_task
def sync_accounts() -> None:
    """Overlapping runs are harmless: an account that is being looked at is left alone."""
    services.sync_all()
