"""What beat does for the sums."""

from celery import shared_task

from vpn.connection_summary import services


@shared_task
def recount() -> None:
    """Running twice is harmless: the second one leaves at once."""
    services.recount()
