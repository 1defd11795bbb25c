"""Reading the audit record: newest first, by sequence number instead of page number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from portal.audit.models import AuditEvent
from portal.paging import KeysetPage, keyset_page


@dataclass(frozen=True)
class AuditSearch:
    """Empty fields filter nothing. ``since`` is included, ``until`` is not.

    ``who``: part of a username or name, of who did it or of whom it is about.
    """

    who: str = ""
    tag: str = ""
    reference: str = ""
    address: IPv4Network | IPv6Network | None = None
    since: datetime | None = None
    until: datetime | None = None


def matching(search: AuditSearch) -> QuerySet[AuditEvent]:
    events = AuditEvent.objects.all()
    if search.who:
        names = Q(actor__icontains=search.who) | Q(actor_name__icontains=search.who)
        target = Q(target__icontains=search.who) | Q(target_id__icontains=search.who)
        # An array field has no look-up for a part of an element.
        events = events.alias(people_text=Cast("people", TextField()))
        events = events.filter(names | target | Q(people_text__icontains=search.who))
    if search.tag:
        events = events.filter(tag=search.tag)
    if search.reference:
        events = events.filter(reference=search.reference)
    if search.address:
        # Django has no look-up for PostgreSQL's <<= (is within, or equals).
        events = events.extra(where=["address <<= %s::inet"], params=[str(search.address)])
    if search.since:
        events = events.filter(at__gte=search.since)
    if search.until:
        events = events.filter(at__lt=search.until)
    return events


def page(search: AuditSearch, *, before: str = "", after: str = "") -> KeysetPage[AuditEvent]:
    return keyset_page(matching(search), ordering=("sequence",), before=before, after=after)


def chain() -> Iterator[AuditEvent]:
    """Every event from the first on, without holding them all in memory."""
    return AuditEvent.objects.order_by("sequence").iterator(chunk_size=2000)
