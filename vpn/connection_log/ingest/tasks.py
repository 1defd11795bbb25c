"""Tasks of the connection log: importing, closing connections without an end, deleting old ones."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from vpn.aws import accounts
from vpn.connection_log.ingest import retention, services
from vpn.connection_log.store import close_overdue


@shared_task
def import_accounts() -> None:
    """Send a task for each account: one that AWS answers slowly keeps no other waiting."""
    for account in accounts.configured():
        import_account.apply_async(args=(account.name,), expires=settings.SNAPSHOT_SECONDS)


@shared_task
def import_account(name: str) -> None:
    """Harmless to run twice: a log group that another process is importing is left alone."""
    if account := accounts.get(name):
        services.import_account(account)


@shared_task
def close_overdue_connections() -> None:
    """Harmless to run twice: only open connections are closed."""
    close_overdue(now=timezone.now())


@shared_task
def drop_old_connections() -> None:
    retention.drop_old()
