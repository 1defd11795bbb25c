"""What one person's pages are made of."""

from dataclasses import dataclass

from portal.access.models import User
from vpn.connection_log.search.people import PersonEntries, person_entries
from vpn.endpoints import queries as endpoint_queries
from vpn.endpoints.models import Endpoint
from vpn.endpoints.presence import PersonPresence, find_presence
from vpn.profiles.queries import PersonDownloads, downloads_by


@dataclass(frozen=True)
class PersonContext:
    """``endpoints``: every one that AWS ever listed; ``log_entries``: whom the connection log means by this person."""

    user: User
    endpoints: list[Endpoint]
    presence: PersonPresence
    downloads: PersonDownloads
    log_entries: PersonEntries


def person_context(user: User) -> PersonContext:
    endpoints = endpoint_queries.all_endpoints()
    return PersonContext(
        user=user,
        endpoints=endpoints,
        presence=find_presence(user.username, endpoints=endpoints),
        downloads=downloads_by(user),
        log_entries=person_entries(user.username),
    )
