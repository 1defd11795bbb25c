"""What the page about the log groups shows. None of this asks AWS anything."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count
from django.utils import timezone

from vpn.connection_log.ingest.sources import read_sources
from vpn.connection_log.models import LogSource, UnreadableLine
from vpn.endpoints.models import Endpoint

PAGE_SIZE: Final = 20


@dataclass(frozen=True)
class UnreadableLinePage:
    """A page of unreadable lines, newest first; ``newer`` and ``older`` are where the others begin."""

    rows: list[UnreadableLine]
    newer: int | None
    older: int | None


def log_sources() -> list[LogSource]:
    """All that were ever read, those that are still read first."""
    read = {source.pk for source in sources_being_read()}
    found = LogSource.objects.select_related("account").order_by("account__name", "log_group")
    return sorted(found, key=lambda source: source.pk not in read)


def sources_being_read() -> list[LogSource]:
    return list(read_sources(timezone.now()).order_by("account__name", "log_group"))


def unreadable_by_source() -> dict[int, int]:
    counted = (
        UnreadableLine.objects.exclude(source=None).order_by().values_list("source").annotate(Count("pk"))
    )
    return dict(counted)


def silent_endpoints() -> list[Endpoint]:
    """Those that write no connection log."""
    return list(Endpoint.objects.filter(vanished_at=None, log_group="").order_by("label"))


def unreadable_lines(*, before: int | None = None, after: int | None = None) -> UnreadableLinePage:
    """By id, so that a page stays what it is while lines are added."""
    lines = UnreadableLine.objects.select_related("source")
    if after is not None:
        rows = list(lines.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
        more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
        return UnreadableLinePage(
            rows, newer=rows[0].pk if more else None, older=rows[-1].pk if rows else None
        )
    if before is not None:
        lines = lines.filter(pk__lt=before)
    rows = list(lines.order_by("-pk")[: PAGE_SIZE + 1])
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    newer = rows[0].pk if before is not None and rows else None
    return UnreadableLinePage(rows, newer=newer, older=rows[-1].pk if more else None)
