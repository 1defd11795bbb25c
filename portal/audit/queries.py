"""Reading the audit record: newest first, by sequence number instead of page number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from django.db.models import Q, QuerySet

from portal.audit.models import AuditEvent

PAGE_SIZE = 50


@dataclass(frozen=True)
class AuditSearch:
    """Empty fields filter nothing. ``who`` is found in user names and names; ``since`` counts, ``until`` doesn't."""

    who: str = ""
    tag: str = ""
    reference: str = ""
    address: IPv4Network | IPv6Network | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class AuditPage:
    events: list[AuditEvent]
    newer: int | None
    older: int | None


def matching(search: AuditSearch) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.all()
    if search.who:
        names = Q(actor__icontains=search.who) | Q(actor_name__icontains=search.who)
        events = events.filter(names | Q(target__icontains=search.who))
    if search.tag:
        events = events.filter(tag=search.tag)
    if search.reference:
        events = events.filter(reference=search.reference)
    if search.address:
        events = events.extra(where=["address <<= %s::inet"], params=[str(search.address)])
    if search.since:
        events = events.filter(at__gte=search.since)
    if search.until:
        events = events.filter(at__lt=search.until)
    return events


def page(search: AuditSearch, *, before: int | None = None, after: int | None = None) -> AuditPage:
    """Up to PAGE_SIZE events older than ``before`` or newer than ``after``, with the way on in each direction."""
    events = matching(search)
    if after is not None:
        rows = list(events.filter(sequence__gt=after).order_by("sequence")[: PAGE_SIZE + 1])
        more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
        return AuditPage(
            rows, newer=rows[0].sequence if more else None, older=rows[-1].sequence if rows else None
        )
    if before is not None:
        events = events.filter(sequence__lt=before)
    rows = list(events.order_by("-sequence")[: PAGE_SIZE + 1])
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    newer = rows[0].sequence if before is not None and rows else None
    return AuditPage(rows, newer=newer, older=rows[-1].sequence if more else None)


def chain() -> Iterator[AuditEvent]:
    """Every event from the first on, without holding them all in memory."""
    return AuditEvent.objects.order_by("sequence").iterator(chunk_size=2000)
