"""Tasks of the history of changes: who made those that the last snapshots have shown."""

from celery import shared_task
from django.conf import settings

from vpn.aws import accounts
from vpn.changes import services

EXPIRES_SECONDS = 60.0


@shared_task
def attribute_changes() -> None:
    """Link what operations did, and send a task for each account in which CloudTrail should be asked. Nothing to ask:
    no call.
    """
    services.decide_origins()
    if "cloudtrail" in settings.VPN_SOURCES:
        for name in services.accounts_with_lookups():
            look_up.apply_async(args=(name,), expires=EXPIRES_SECONDS)


@shared_task
def look_up(name: str) -> None:
    """Harmless to run twice: what one worker asks about, another one leaves alone."""
    if account := accounts.get(name):
        services.look_up(account)
