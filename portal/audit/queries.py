"""Reading the audit record: newest first, by sequence number instead of page number."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast, Lower

from portal.access.accounts import PersonNames
from portal.access.names import sql_account_key, sql_account_keys
from portal.audit.models import AuditEvent
from portal.audit.targets import EVERYBODY
from portal.paging import KeysetPage, keyset_page

NOBODY: Final = PersonNames()


@dataclass(frozen=True)
class AuditSubject:
    """What a text that somebody looks for may mean in the record, which holds ids.

    ``text`` is looked for as it is too, unless it is empty: the record also names whom no table knows any more.
    ``target_ids`` of endpoints and the like, in lower case.
    """

    text: str = ""
    people: PersonNames = NOBODY
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
    names = ArrayField(TextField())
    events = AuditEvent.objects.alias(
        lower_actor=Lower("actor"),
        actor_key=sql_account_key("actor"),
        lower_target_id=Lower("target_id"),
        target_key=sql_account_key("target_id"),
        people_text=people_text,
        lower_people=Cast(people_text, names),
        people_keys=Cast(sql_account_keys("people"), names),
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
    condition = _is_named(subject, "actor_key", "lower_actor")
    if subject.text:
        condition |= Q(actor__icontains=subject.text) | Q(actor_name__icontains=subject.text)
    return condition


def _is_named(subject: AuditSubject, key: str, lower: str) -> Q:
    """The index has the names in small letters; of those not every one is these people's."""
    people = subject.people
    return Q(**{f"{lower}__in": people.lower}) & (
        Q(**{f"{key}__in": people.keys}) | Q(**{f"{lower}__in": people.in_any_case})
    )


def _concerned(subject: AuditSubject) -> Q:
    condition = _is_named(subject, "target_key", "lower_target_id")
    condition |= Q(lower_target_id__in=subject.target_ids)
    condition |= Q(details__operation__in=subject.operations)
    if subject.people.keys:
        # What was shown of everybody was shown of each of them.
        condition |= Q(people_keys__overlap=[*subject.people.keys, EVERYBODY])
        condition |= Q(lower_people__overlap=list(subject.people.in_any_case))
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
