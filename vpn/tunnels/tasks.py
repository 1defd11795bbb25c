"""Tasks of the tunnels: reading the maintenance of those that are due."""

from celery import shared_task

from vpn.aws import accounts
from vpn.endpoints.sources import is_read
from vpn.tunnels import services

EXPIRES_SECONDS = 600.0


@shared_task
def check_tunnels() -> None:
    """Send a task for each account: one that AWS answers slowly keeps no other waiting."""
    if is_read("tunnels"):
        for account in accounts.configured():
            check_account.apply_async(args=(account.name,), expires=EXPIRES_SECONDS)


@shared_task
def check_account(name: str) -> None:
    """Harmless to run twice."""
    if account := accounts.get(name):
        services.check_account(account)
