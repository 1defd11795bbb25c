"""Tasks of the certificates: looking at those that are due."""

from celery import shared_task
from django.conf import settings

from vpn.aws import accounts
from vpn.certificates import services

EXPIRES_SECONDS = 60.0


@shared_task
def check_certificates() -> None:
    """Send a task for each account: one that AWS answers slowly keeps no other waiting. Nothing if switched off."""
    services.check_own()
    if "certificates" in settings.VPN_SOURCES:
        for account in accounts.configured():
            check_account.apply_async(args=(account.name,), expires=EXPIRES_SECONDS)


@shared_task
def check_account(name: str) -> None:
    """Harmless to run twice."""
    if account := accounts.get(name):
        services.check_account(account)
