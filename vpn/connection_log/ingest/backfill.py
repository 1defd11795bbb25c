"""Importing an older range of the log groups again, for `manage.py import_connections --since`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from portal.locks import AdvisoryLock, session_lock
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError, translated
from vpn.aws.pace import Pace
from vpn.aws.session import logs_client
from vpn.connection_log.ingest.models import Backfill
from vpn.connection_log.ingest.services import ImportJob, ImportResult, run, shared_pace
from vpn.connection_log.ingest.sources import current_sources
from vpn.connection_log.ingest.writing import BackfillCursor, ImportCounts
from vpn.connection_log.models import LogSource
from vpn.connection_log.partitions import oldest_kept

if TYPE_CHECKING:
    from vpn.aws.session import CloudWatchLogsClient

# What has become visible meanwhile in the part that it had read is found by the daily overlap of services.py.
RESUMABLE: Final = timedelta(days=1)


@dataclass(frozen=True)
class BackfillProgress:
    """Reported after each batch. ``resumed``: from where an earlier run was stopped."""

    log_group: str
    since: datetime
    until: datetime
    read_until: datetime
    counts: ImportCounts
    resumed: bool


def backfill_account(
    account: Account, *, since: datetime, log_group: str, report: Callable[[BackfillProgress], None]
) -> list[ImportResult]:
    """Import all that was published from ``since`` on. Never raises AwsError: it is in the results."""
    sources = [
        source for source in current_sources(account, timezone.now()) if log_group in {"", source.log_group}
    ]
    try:
        with translated(), logs_client(account) as client:
            return [_backfill(client, account, source, since, report) for source in sources]
    except AwsError as error:
        return [ImportResult(account.name, source.log_group, source.kind, error=error) for source in sources]


def _backfill(
    client: "CloudWatchLogsClient",
    account: Account,
    source: LogSource,
    since: datetime,
    report: Callable[[BackfillProgress], None],
) -> ImportResult:
    # Not the lock of the import by beat, which goes on meanwhile
    with session_lock(AdvisoryLock.LOG_BACKFILL, source.pk) as free:
        if not free:
            return ImportResult(account.name, source.log_group, source.kind, busy=True)
        row, resumed = _open(source, since)
        try:
            counts = run(client, _job(row, shared_pace(account), report, resumed=resumed))
        except AwsError as error:
            return ImportResult(account.name, source.log_group, source.kind, error=error)
        Backfill.objects.filter(pk=row.pk).update(finished_at=timezone.now())
        return ImportResult(account.name, source.log_group, source.kind, counts)


def _open(source: LogSource, since: datetime) -> tuple[Backfill, bool]:
    """The row to go on with, and whether it is that of an earlier run that was stopped.

    An earlier run is resumed if it was stopped within RESUMABLE and reaches back as far.
    """
    now = timezone.now()
    since = min(max(since, oldest_kept(now)), now)
    stopped = Backfill.objects.filter(source=source, finished_at=None)
    lately = stopped.filter(since__lte=since, started_at__gt=now - RESUMABLE)
    row = lately.order_by("-read_until").first()
    if row is not None:
        row.until = now
        row.save(update_fields=["until"])
        return row, True
    stopped.delete()
    return Backfill.objects.create(source=source, since=since, until=now, read_until=since), False


def _job(
    row: Backfill, pace: Pace, report: Callable[[BackfillProgress], None], *, resumed: bool
) -> ImportJob:
    def report_progress(read_until: datetime, counts: ImportCounts) -> None:
        report(BackfillProgress(row.source.log_group, row.since, row.until, read_until, counts, resumed))

    return ImportJob(
        source=row.source,
        since=row.read_until,
        until=row.until,
        open_end=False,
        cursor=BackfillCursor(row),
        pace=pace,
        report=report_progress,
    )
