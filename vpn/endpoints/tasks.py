"""Tasks of the schedule: taking a snapshot of each account."""

from celery import shared_task
from django.conf import settings

from vpn.aws import accounts
from vpn.endpoints import services


@shared_task
def sync_accounts() -> None:
    """A task of its own for each account: a slow one keeps no other waiting."""
    services.retire_unconfigured()
    for account in accounts.configured():
        # While the worker is down, ticks must not pile up: the next one does the same.
        sync_account.apply_async(args=(account.name,), expires=settings.SNAPSHOT_SECONDS)


@shared_task
def sync_account(name: str) -> None:
    """Running twice is harmless: an account that is being synced is left alone."""
    if account := accounts.get(name):
        services.sync_account(account)
