"""Who looked for whom is recorded: the conditions, and the people whose connections were shown."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from portal.access.requests import PortalRequest
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import EVERYBODY, AuditTarget, TargetKind
from portal.audit.targets import person as person_target
from vpn.connection_log.models import Connection, ConnectionUser
from vpn.connection_log.search.conditions import ConnectionSearch, parameters
from vpn.connection_log.search.people import find_people

SESSION_KEY: Final = "connections-searched"
RECORD_AGAIN_AFTER: Final = timedelta(hours=1)
# More are not named one by one in an event; it counts as one about everybody.
MAX_PEOPLE: Final = 100


def record_search(request: PortalRequest, search: ConnectionSearch, rows: Iterable[Connection] = ()) -> None:
    """``rows`` are those on the page; without any, the people whom the conditions name."""
    record_conditions(
        request,
        dict(parameters(search)),
        target=search_target(search),
        people=[*people_searched(search), *usernames_in(rows)],
    )


def record_conditions(
    request: PortalRequest,
    conditions: dict[str, str],
    *,
    target: AuditTarget | None = None,
    people: Iterable[str] = (),
) -> None:
    """Once for the same conditions in a session, for an hour, unless they show somebody else than before."""
    # A reload or the next page is the same look at the same people; one event for each would bury the others.
    shown, last = set(people), request.session.get(SESSION_KEY, {})
    before: set[str] = set()
    if last.get("conditions") == conditions and _is_recent(last.get("at", "")):
        before = set(last.get("people", ()))
        if shown <= before:
            return
    record(
        Tag.CONNECTIONS_SEARCHED,
        actor=request.user,
        target=target,
        people=shown,
        address=request.client_address,
        reference=request.reference,
        details={"conditions": conditions},
    )
    request.session[SESSION_KEY] = {
        "conditions": conditions,
        "at": timezone.now().isoformat(),
        "people": sorted(before | shown),
    }


def search_target(search: ConnectionSearch) -> AuditTarget | None:
    """Whom or what a search asks for. None: everybody."""
    return people_target(search.words, search.person)


def people_target(words: Iterable[str], person: str) -> AuditTarget | None:
    if person:
        return person_target(person)
    name = " ".join(words)
    return AuditTarget(TargetKind.NAME, name) if name else None


def people_searched(search: ConnectionSearch) -> list[str]:
    """Usernames of those whom a search asks for: of one person, or of all whom its words may mean.

    EVERYBODY where these are more than MAX_PEOPLE.
    """
    if search.person:
        return [search.person]
    if not search.words:
        return []
    ids = find_people(search.words)
    if len(ids) > MAX_PEOPLE:
        return [EVERYBODY]
    return list(ConnectionUser.objects.filter(pk__in=ids).values_list("username", flat=True))


def usernames_in(rows: Iterable[Connection]) -> list[str]:
    return [row.user.username for row in rows if row.user]


def _is_recent(at: str) -> bool:
    return timezone.now() - datetime.fromisoformat(at) < RECORD_AGAIN_AFTER
