"""Storing what has been read: rows, unreadable lines and the cursor in one transaction, batch by batch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest

from vpn.aws.errors import AwsError
from vpn.connection_log.ingest.batch import EventBatch
from vpn.connection_log.ingest.models import Backfill
from vpn.connection_log.ingest.reading import LogSegment
from vpn.connection_log.ingest.windows import WindowPlan, moment_of
from vpn.connection_log.models import LogSource, UnreadableLine
from vpn.connection_log.store import store

# As many lines at once as come while others are stored, up to the greater number.
SOME: Final = 10_000
MANY: Final = 50_000
# A log group that rotates its streams has thousands; these are enough to see which are alive.
STREAMS: Final = 50


class ReadCursor(Protocol):
    """Where the next one goes on. Never back: another process may be ahead."""

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
    pieces: Iterable[LogSegment | None],
    *,
    source: LogSource,
    cursor: ReadCursor,
    plan: WindowPlan,
    batch: EventBatch,
    told: Callable[[datetime, ImportCounts], None],
) -> ImportCounts:
    """To the end, or to the AwsError that ends ``pieces``; what came before it is stored. ``told`` after each batch."""
    counts = ImportCounts()

    def flush() -> None:
        nonlocal batch
        read_until = plan.read_until
        _store(batch, source, cursor, read_until if read_until > plan.since else None, counts)
        batch = batch.empty_copy()
        told(read_until, counts)

    try:
        for piece in pieces:
            if piece and piece.page:
                batch.merge(piece.page)
            elif piece:
                plan.finish(piece.window)
            if batch.lines >= (MANY if piece else SOME):
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
        events = store(batch.rows).events
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
    newest = batch.newest_event_at
    if newest:
        at = datetime.fromisoformat(newest).replace(tzinfo=UTC)
        row.newest_event_at = max(row.newest_event_at or at, at)
    row.streams = _streams(row.streams, batch.streams)
    row.save(update_fields=["events", "newest_event_at", "streams"])


def _streams(known: dict[str, str], seen: dict[str, int]) -> dict[str, str]:
    found = {name: moment_of(published).isoformat() for name, published in seen.items()}
    newest = {name: max(found.get(name, ""), known.get(name, "")) for name in {**known, **found}}
    kept = sorted(newest, key=lambda name: newest[name], reverse=True)[:STREAMS]
    return {name: newest[name] for name in kept}
