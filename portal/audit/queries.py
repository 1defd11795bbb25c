"""Reading the audit record: newest first, by sequence number instead of page number."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from django.contrib.postgres.fields import ArrayField
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast, Lower

from portal.audit.models import AuditEvent
from portal.audit.targets import EVERYBODY
from portal.paging import KeysetPage, keyset_page


@dataclass(frozen=True)
class AuditSubject:
    """What a text that somebody looks for may mean in the record, which holds ids.

    ``text`` is looked for as it is too, unless it is empty: the record also names whom no table knows any more.
    ``usernames``, and ``target_ids`` of endpoints and the like, in lower case.
    """

    text: str = ""
    usernames: frozenset[str] = frozenset()
    target_ids: frozenset[str] = frozenset()
    operations: frozenset[int] = frozenset()
    reference: str = ""


@dataclass(frozen=True)
class AuditSearch:
    """Empty fields filter nothing. ``since`` is included, ``until`` is not.

    ``anything``: who did it, whom or what it is about, or its reference number. ``actor``: who did it. ``target``:
    whom or what it is about.
    """

    anything: AuditSubject | None = None
    actor: AuditSubject | None = None
    target: AuditSubject | None = None
    tag: str = ""
    address: IPv4Network | IPv6Network | None = None
    since: datetime | None = None
    until: datetime | None = None


def matching(search: AuditSearch) -> QuerySet[AuditEvent]:
    # An array field has look-ups neither for a part of an element nor for its case. AWS writes a username in whatever
    # case, and an event has it as it was shown.
    people_text = Lower(Cast("people", TextField()))
    events = AuditEvent.objects.alias(
        lower_actor=Lower("actor"),
        lower_target_id=Lower("target_id"),
        people_text=people_text,
        lower_people=Cast(people_text, ArrayField(TextField())),
    )
    if search.anything:
        about_it = _acted(search.anything) | _concerned(search.anything)
        events = events.filter(about_it | _referred(search.anything))
    if search.actor:
        events = events.filter(_acted(search.actor))
    if search.target:
        events = events.filter(_concerned(search.target))
    if search.tag:
        events = events.filter(tag=search.tag)
    if search.address:
        # Django has no look-up for PostgreSQL's <<= (is within, or equals).
        events = events.extra(where=["address <<= %s::inet"], params=[str(search.address)])
    if search.since:
        events = events.filter(at__gte=search.since)
    if search.until:
        events = events.filter(at__lt=search.until)
    return events


def exists_at_any_time(search: AuditSearch) -> bool:
    return matching(replace(search, since=None, until=None)).exists()


def _acted(subject: AuditSubject) -> Q:
    condition = Q(lower_actor__in=subject.usernames)
    if subject.text:
        condition |= Q(actor__icontains=subject.text) | Q(actor_name__icontains=subject.text)
    return condition


def _concerned(subject: AuditSubject) -> Q:
    condition = Q(lower_target_id__in=subject.target_ids | subject.usernames)
    condition |= Q(details__operation__in=subject.operations)
    if subject.usernames:
        # What was shown of everybody was shown of each of them.
        condition |= Q(lower_people__overlap=[*subject.usernames, EVERYBODY])
    if subject.text:
        condition |= Q(target__icontains=subject.text) | Q(target_id__icontains=subject.text)
        condition |= Q(people_text__contains=subject.text.lower())
    return condition


def _referred(subject: AuditSubject) -> Q:
    return Q(reference=subject.reference) if subject.reference else Q(pk__in=())


def page(search: AuditSearch, *, before: str = "", after: str = "") -> KeysetPage[AuditEvent]:
    return keyset_page(matching(search), ordering=("sequence",), before=before, after=after)


def chain() -> Iterator[AuditEvent]:
    """Every event from the first on, without holding them all in memory."""
    return AuditEvent.objects.order_by("sequence").iterator(chunk_size=2000)
