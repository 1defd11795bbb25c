"""An audit event as people read it: names, words, and ways to what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.access.models import User
from portal.access.names import account_key
from portal.access.permissions import Permission
from portal.audit.models import AuditEvent
from portal.audit.targets import EVERYBODY, TargetKind
from vpn.assurance.part_names import PART_NAMES
from vpn.audit_pages.details import PAGES, DetailRow, detail_rows
from vpn.audit_pages.names import AuditNames, names_for
from vpn.connection_log.search.links import search_url
from vpn.connection_summary.ranges import midnight

# More people than these would push the next event off the page; the page of the event names all.
SHOWN_PEOPLE: Final = 3
SHOWN_DETAILS: Final = 4


@dataclass(frozen=True)
class NamedLink:
    """``sub``: the id behind a name. Without a URL there is nothing to open."""

    text: str
    url: str = ""
    sub: str = ""


@dataclass(frozen=True)
class AuditRow:
    """``more_people``: in words, how many are not in ``about``. ``details`` are the first, ``folded`` the others."""

    event: AuditEvent
    actor: NamedLink | None
    about: list[NamedLink]
    more_people: str
    details: list[DetailRow]
    folded: list[DetailRow]


def audit_rows(events: Iterable[AuditEvent], *, reader: User) -> list[AuditRow]:
    events = list(events)
    names = names_for(events)
    return [_row(event, names, reader, shown_people=SHOWN_PEOPLE) for event in events]


def audit_row(event: AuditEvent, *, reader: User) -> AuditRow:
    """With everybody whom it names."""
    return audit_row_with(event, names_for([event]), reader)


def audit_row_with(event: AuditEvent, names: AuditNames, reader: User) -> AuditRow:
    """The same, of many events whose names are known already."""
    return _row(event, names, reader, shown_people=len(event.people) + 1)


def _row(event: AuditEvent, names: AuditNames, reader: User, *, shown_people: int) -> AuditRow:
    details = detail_rows(event, names, reader)
    first = [row for row in details if not row.long][:SHOWN_DETAILS]
    target = _target(event, names, reader)
    named = {account_key(event.actor), account_key(event.target_id)}
    people = [name for name in event.people if account_key(name) not in named or name == EVERYBODY]
    more = len(people) - shown_people
    return AuditRow(
        event=event,
        actor=_person(event.actor, event.actor_name or names.person(event.actor), "actor")
        if event.actor
        else None,
        about=([target] if target else [])
        + [_person(name, names.person(name), "target") for name in people[:shown_people]],
        more_people=ngettext("and %(count)s other", "and %(count)s others", more) % {"count": more}
        if more > 0
        else "",
        details=first,
        folded=[row for row in details if row not in first],
    )


def _person(username: str, name: str, filter_name: str) -> NamedLink:
    if username == EVERYBODY:
        return NamedLink(_("Everybody"))
    url = f"{reverse('audit')}?{urlencode({filter_name: username})}"
    return NamedLink(name or username, url, username if name else "")


def _target(event: AuditEvent, names: AuditNames, reader: User) -> NamedLink | None:
    """None where it is whoever did it, or nothing that has a name."""
    text = event.target or event.target_id
    match event.target_kind:
        case TargetKind.PERSON:
            if event.target_id == event.actor:
                return None
            return _person(event.target_id, names.person(event.target_id), "target")
        case TargetKind.ENDPOINT:
            label = names.endpoints.get(event.target_id) or text
            sub = event.target_id if label != event.target_id else ""
            return NamedLink(label, _endpoint_url(event, names, reader), sub)
        case TargetKind.PAGE:
            return NamedLink(str(PAGES.get(event.target_id, text)))
        case TargetKind.EXPORT:
            # Its id says nothing to anybody; the details say what was exported.
            return None
        case TargetKind.FINDING:
            return NamedLink(text, reverse("connections_finding", args=[int(event.target_id)]))
        case TargetKind.LOG_QUERY:
            url = reverse("log_query", args=[int(event.target_id)])
            return NamedLink(_("Search #%(number)s in CloudWatch Logs") % {"number": event.target_id}, url)
        case TargetKind.REQUIREMENT:
            name = PART_NAMES.get(event.target_id, text)
            return NamedLink(str(name), reverse("status"))
        case TargetKind.INCIDENT:
            return NamedLink(text, reverse("incident", args=[int(event.target_id)]))
        case TargetKind.DRILL:
            return NamedLink(text, reverse("drill", args=[int(event.target_id)]))
        case TargetKind.EVIDENCE:
            return NamedLink(text, reverse("evidence_pack", args=[int(event.target_id)]))
        case TargetKind.DELIVERY:
            return NamedLink(_("Notification #%(number)s") % {"number": event.target_id})
    return NamedLink(text) if text and text != event.actor else None


def _endpoint_url(event: AuditEvent, names: AuditNames, reader: User) -> str:
    """The endpoint's page, or else its connections around the event; empty for what the portal never had."""
    if event.target_id not in names.endpoints:
        return ""
    if reader.may(Permission.ENDPOINT_READ):
        return reverse("endpoint", args=[event.target_id])
    day = midnight(timezone.localdate(event.at))
    return search_url(day, day + timedelta(days=1), endpoint_id=event.target_id)
