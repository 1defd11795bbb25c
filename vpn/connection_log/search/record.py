"""Who looked for whom is recorded: the conditions, and the people whose connections were shown."""

from collections.abc import Iterable
from typing import Final

from portal.access.requests import PortalRequest
from portal.audit.looks import record_look
from portal.audit.tags import Tag
from portal.audit.targets import EVERYBODY, AuditTarget, TargetKind
from portal.audit.targets import person as person_target
from vpn.connection_log.models import Connection, ConnectionUser
from vpn.connection_log.search.conditions import ConnectionSearch, parameters
from vpn.connection_log.search.people import find_people

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
    """A look at connections that meet ``conditions``."""
    details = {"conditions": conditions}
    record_look(request, Tag.CONNECTIONS_SEARCHED, target=target, people=people, details=details)


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
