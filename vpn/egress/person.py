"""What one person's pages are made of, read once for all that stands on them."""

from dataclasses import dataclass

from portal.access.models import User
from vpn.connections.search.people import Entries, entries_of
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import Presence
from vpn.profiles.queries import Downloads, downloads_of


@dataclass(frozen=True)
class Person:
    """``seen``: every endpoint that was ever seen; ``entries``: whom the connection log means by this person."""

    user: User
    seen: list[Endpoint]
    presence: Presence
    downloads: Downloads
    entries: Entries


def person_of(user: User) -> Person:
    seen = endpoints.ever_seen_endpoints()
    return Person(
        user=user,
        seen=seen,
        presence=endpoints.presence_of(user, among=seen),
        downloads=downloads_of(user),
        entries=entries_of(user.username),
    )
