"""Tasks of the quotas and prices: reading those that are due."""

from celery import shared_task

from vpn.aws import accounts
from vpn.endpoints.sources import is_read
from vpn.quotas import services

EXPIRES_SECONDS = 600.0


@shared_task
def read_quotas() -> None:
    """Send a task for each account: one that AWS answers slowly keeps no other waiting."""
    if is_read("quotas") or is_read("prices"):
        for account in accounts.configured():
            read_account.apply_async(args=(account.name,), expires=EXPIRES_SECONDS)


@shared_task
def read_account(name: str) -> None:
    """Harmless to run twice."""
    if account := accounts.get(name):
        services.read_account(account)
