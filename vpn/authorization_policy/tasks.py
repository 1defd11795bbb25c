"""Tasks of the policies: reading those that are due."""

from celery import shared_task
from django.conf import settings

from vpn.authorization_policy import services
from vpn.aws import accounts

EXPIRES_SECONDS = 60.0


@shared_task
def read_policies() -> None:
    """Send a task for each account: one that AWS answers slowly keeps no other waiting. Nothing if switched off."""
    if "policies" in settings.VPN_SOURCES:
        for account in accounts.configured():
            read_account.apply_async(args=(account.name,), expires=EXPIRES_SECONDS)


@shared_task
def read_account(name: str) -> None:
    """Harmless to run twice."""
    if account := accounts.get(name):
        services.read_policies(account)
