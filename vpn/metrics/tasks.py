"""Tasks of the metrics: reading what is new, deleting what is old."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from vpn.aws import accounts
from vpn.metrics import services

EXPIRES_SECONDS = 60.0


@shared_task
def read_metrics() -> None:
    """Send a task for each account: one that AWS answers slowly keeps no other waiting. Nothing if switched off."""
    if "metrics" in settings.VPN_SOURCES:
        for account in accounts.configured():
            read_account.apply_async(args=(account.name,), expires=EXPIRES_SECONDS)


@shared_task
def read_account(name: str) -> None:
    """Harmless to run twice."""
    if account := accounts.get(name):
        services.read_account(account)


@shared_task
def delete_old() -> None:
    services.delete_old(timezone.now())
