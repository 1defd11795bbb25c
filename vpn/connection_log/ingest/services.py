"""Importing the connection log: every SNAPSHOT_SECONDS from the cursor on, and older ranges by hand (backfill.py).

FilterLogEvents finds an event by the time at which it was published, and AWS doesn't promise that it can be found as
soon as it is published. So each import begins OVERLAP before the cursor, and once a day DEEP_OVERLAP before it. AWS's
clock and ours agree within minutes: AWS refuses calls that are signed with another time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone

from portal.locks import AdvisoryLock, session_lock
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError, NotFound, translated
from vpn.aws.pace import Pace
from vpn.aws.session import logs_client
from vpn.connection_log.ingest.reading import LogReader
from vpn.connection_log.ingest.sources import current_sources
from vpn.connection_log.ingest.windows import WindowPlan
from vpn.connection_log.ingest.writing import ImportCounts, ReadCursor, SourceCursor, write
from vpn.connection_log.models import LogSource, LogSourceKind, LostLog
from vpn.connection_log.partitions import oldest_kept
from vpn.endpoints.recording import clear_failure, record_failure

if TYPE_CHECKING:
    from vpn.aws.session import CloudWatchLogsClient

# Seldom is an event visible later than this; DEEP_OVERLAP finds those that are, within a day.
OVERLAP: Final = timedelta(hours=2)
DEEP_OVERLAP: Final = timedelta(hours=26)
DEEP_EVERY: Final = timedelta(days=1)
# A task may take 300 seconds; what is not read by then is read by the next one.
BUDGET_SECONDS: Final = 200.0

_paces: dict[Account, Pace] = {}


@dataclass(frozen=True)
class ImportResult:
    """``busy``: another process is reading this log group right now; nothing was done."""

    account: str
    log_group: str
    kind: str
    counts: ImportCounts = field(default_factory=ImportCounts)
    error: AwsError | None = None
    busy: bool = False


@dataclass(frozen=True)
class ImportJob:
    """What to read of a source; ``report`` is called with how far it has come."""

    source: LogSource
    since: datetime
    until: datetime
    open_end: bool
    cursor: ReadCursor
    pace: Pace
    deadline: float = float("inf")
    report: Callable[[datetime, ImportCounts], None] = lambda _read_until, _counts: None


def import_account(account: Account, *, log_group: str = "") -> list[ImportResult]:
    """Import what is new in the account's log groups, or in one of them.

    Never raises AwsError: it is recorded at the log source, and in the result.
    """
    now = timezone.now()
    sources = [source for source in current_sources(account, now) if log_group in {"", source.log_group}]
    deadline = time.monotonic() + BUDGET_SECONDS
    try:
        with translated(), logs_client(account) as client:
            return [_import(client, account, source, deadline) for source in sources]
    except AwsError as error:
        # There is no way into the account at all.
        for source in sources:
            record_failure(source, error, now)
        return [ImportResult(account.name, source.log_group, source.kind, error=error) for source in sources]


def shared_pace(account: Account) -> Pace:
    """One for all log groups of an account and region in this process."""
    rate = settings.LOG_REQUESTS_PER_SECOND
    return _paces.setdefault(account, Pace(rate, burst=rate))


def run(client: "CloudWatchLogsClient", job: ImportJob) -> ImportCounts:
    """Raises AwsError; what was read before is stored."""
    now = timezone.now()
    plan = WindowPlan(job.since, job.until, open_end=job.open_end)
    reader = LogReader(client, job.source.log_group, job.pace, job.deadline, now, job.source.kind)
    return write(
        reader.parts(plan), source=job.source, cursor=job.cursor, plan=plan, now=now, report=job.report
    )


def _import(
    client: "CloudWatchLogsClient", account: Account, source: LogSource, deadline: float
) -> ImportResult:
    """One broken log group doesn't keep the others from being read."""
    # Rows are right without the lock too; it saves reading everything twice.
    with session_lock(AdvisoryLock.LOG_IMPORT, source.pk) as free:
        if not free:
            return ImportResult(account.name, source.log_group, source.kind, busy=True)
        source.refresh_from_db()
        now = timezone.now()
        try:
            counts = run(client, _job(source, now, shared_pace(account), deadline))
        except AwsError as error:
            record_failure(source, error, now)
            # Only of a connection log it is known that something was in it: a function that never ran has no group.
            if isinstance(error, NotFound) and source.kind == LogSourceKind.CONNECTION_LOG:
                _begin_loss(source)
            return ImportResult(account.name, source.log_group, source.kind, error=error)
        LostLog.objects.filter(source=source, until=None).update(until=now)
        _record_success(source, now, deep=counts.complete and _is_deep(source, now))
        return ImportResult(account.name, source.log_group, source.kind, counts)


def _job(source: LogSource, now: datetime, pace: Pace, deadline: float) -> ImportJob:
    oldest, read_until = oldest_kept(now), source.read_until
    overlap = DEEP_OVERLAP if _is_deep(source, now) else OVERLAP
    since = max(oldest, read_until - overlap) if read_until else oldest
    return ImportJob(
        source=source,
        since=min(since, now),
        until=now,
        open_end=True,
        cursor=SourceCursor(source),
        pace=pace,
        deadline=deadline,
    )


def _is_deep(source: LogSource, now: datetime) -> bool:
    return source.deep_read_at is None or source.deep_read_at < now - DEEP_EVERY


def _begin_loss(source: LogSource) -> None:
    """A log group that AWS doesn't know was deleted: what nobody had read of it is gone, even if it is made anew."""
    since = source.read_until or oldest_kept(timezone.now())
    LostLog.objects.get_or_create(source=source, until=None, defaults={"since": since})


def _record_success(source: LogSource, now: datetime, *, deep: bool) -> None:
    clear_failure(source, now)
    source.seen_at = now
    if deep:
        source.deep_read_at = now
    source.save(
        update_fields=["seen_at", "attempted_at", "error_id", "error_code", "error_message", "deep_read_at"]
    )
