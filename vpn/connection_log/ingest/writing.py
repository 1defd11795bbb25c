"""Storing what was read, batch by batch: events, unreadable lines and the cursor in one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest

from vpn.aws.errors import AwsError
from vpn.connect_attempts.services import store_attempts
from vpn.connection_log.ingest.batch import EventBatch
from vpn.connection_log.ingest.models import Backfill
from vpn.connection_log.ingest.reading import WindowPart
from vpn.connection_log.ingest.windows import WindowPlan, from_milliseconds
from vpn.connection_log.models import LogSource, UnreadableLine
from vpn.connection_log.store import store

# Fewer are joined and counted at a higher price for each, more keep the readers waiting for longer.
LINES_AT_ONCE: Final = 20_000
# A log group that rotates its streams has thousands; these are enough to see which are alive.
STREAMS: Final = 50


class ReadCursor(Protocol):
    """Where the next import goes on. It never moves back: another process may be ahead."""

    def advance(self, read_until: datetime, *, events: int) -> None: ...


@dataclass(frozen=True)
class SourceCursor:
    source: LogSource

    def advance(self, read_until: datetime, *, events: int) -> None:
        rows = LogSource.objects.filter(pk=self.source.pk)
        rows.update(read_until=Greatest(Coalesce("read_until", Value(read_until)), Value(read_until)))


@dataclass(frozen=True)
class BackfillCursor:
    backfill: Backfill

    def advance(self, read_until: datetime, *, events: int) -> None:
        rows = Backfill.objects.filter(pk=self.backfill.pk)
        rows.update(read_until=Greatest("read_until", Value(read_until)), events=F("events") + events)


@dataclass
class ImportCounts:
    """``lines`` as read, also those known before; ``events`` and ``unreadable`` lines that were new.

    ``complete``: nothing is left for another run, as there is when the time is up.
    """

    lines: int = 0
    events: int = 0
    unreadable: int = 0
    complete: bool = False


def write(
    parts: Iterable[WindowPart],
    *,
    source: LogSource,
    cursor: ReadCursor,
    plan: WindowPlan,
    now: datetime,
    report: Callable[[datetime, ImportCounts], None],
) -> ImportCounts:
    """Store what is read, to its end or to the AwsError that ends ``parts``; what came before that is stored.

    ``report`` is called after each batch with the moment up to which everything has been stored.
    """
    counts, batch = ImportCounts(), EventBatch(now, source.kind)

    def flush() -> None:
        nonlocal batch
        read_until = plan.read_until
        _store(batch, source, cursor, read_until if read_until > plan.since else None, counts)
        batch = EventBatch(now, source.kind)
        report(read_until, counts)

    try:
        for part in parts:
            batch.merge(part.batch)
            if not part.next_token:
                plan.finish(part.window, pages=part.pages)
            if batch.lines >= LINES_AT_ONCE:
                flush()
    except AwsError:
        flush()
        raise
    flush()
    counts.complete = plan.is_complete
    return counts


def _store(
    batch: EventBatch,
    source: LogSource,
    cursor: ReadCursor,
    read_until: datetime | None,
    counts: ImportCounts,
) -> None:
    with transaction.atomic():
        events = store(batch.events, now=batch.now).events + store_attempts(batch.attempts)
        unreadable = _keep_unreadable(batch, source)
        _describe(source, batch, events)
        if read_until:
            cursor.advance(read_until, events=events)
    counts.lines += batch.lines
    counts.events += events
    counts.unreadable += unreadable


def _keep_unreadable(batch: EventBatch, source: LogSource) -> int:
    """How many were new."""
    rows = batch.unreadable_rows(source)
    if not rows:
        return 0
    before = UnreadableLine.objects.filter(source=source).count()
    UnreadableLine.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return UnreadableLine.objects.filter(source=source).count() - before


def _describe(source: LogSource, batch: EventBatch, events: int) -> None:
    """The row is locked: a backfill and the beat may store at the same time."""
    row = LogSource.objects.select_for_update().get(pk=source.pk)
    row.events += events
    if newest := batch.newest_event_at:
        row.newest_event_at = max(row.newest_event_at or newest, newest)
    row.streams = _newest_streams(row.streams, batch.streams)
    row.save(update_fields=["events", "newest_event_at", "streams"])


def _newest_streams(known: dict[str, str], seen: dict[str, int]) -> dict[str, str]:
    newly = {name: from_milliseconds(published).isoformat() for name, published in seen.items()}
    newest = {name: max(newly.get(name, ""), known.get(name, "")) for name in {**known, **newly}}
    kept = sorted(newest, key=lambda name: newest[name], reverse=True)[:STREAMS]
    return {name: newest[name] for name in kept}
