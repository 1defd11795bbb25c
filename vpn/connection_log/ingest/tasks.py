"""What beat does for the connection log."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from vpn.aws import accounts
from vpn.connection_log.ingest import retention, services
from vpn.connection_log.store import close_overdue


@shared_task
def import_accounts() -> None:
    """A task of its own for each account: a slow one keeps no other waiting."""
    for account in accounts.configured():
        import_account.apply_async(args=(account.name,), expires=settings.SNAPSHOT_SECONDS)


@shared_task
def import_account(name: str) -> None:
    """Running twice is harmless: a log group that is being read is left alone."""
    if account := accounts.get(name):
        services.import_account(account)


@shared_task
def close_overdue_connections() -> None:
    """Running twice is harmless: what is closed is not open."""
    close_overdue(now=timezone.now())


@shared_task
def drop_old_connections() -> None:
    retention.drop_old()
