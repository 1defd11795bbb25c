"""Tasks of the schedule: taking a snapshot of each account."""

from typing import Final

from celery import shared_task
from django.conf import settings

from vpn.aws import accounts
from vpn.endpoints import services

AGAIN_AFTER_SECONDS: Final = 3


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


@shared_task
def read_changed_account(name: str) -> None:
    """At once, because an operation has changed an endpoint there. If the message is lost, the schedule does it."""
    account = accounts.get(name)
    if account is None or not services.sync_account(account).busy:
        return
    # The snapshot that is being taken may have read the endpoint before the operation changed it.
    read_changed_account.apply_async(
        args=(name,), countdown=AGAIN_AFTER_SECONDS, expires=settings.SNAPSHOT_SECONDS
    )
