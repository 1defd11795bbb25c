"""What one person's pages are made of: each fact once, so that no two parts of a page can contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from portal.access.models import User
from vpn.connection_details.queries import newest_connections
from vpn.connection_log.models import FAILURES, Connection, ConnectionStatus
from vpn.connection_log.search.people import PersonEntries, person_entries
from vpn.endpoints import queries as endpoint_queries
from vpn.endpoints.models import Endpoint
from vpn.endpoints.presence import PersonPresence, find_presence
from vpn.findings.queries import somebody_knows
from vpn.notices.troubles import PersonTrouble, troubles_for
from vpn.profiles.queries import PersonDownloads, Profile, downloads_by, lost_endpoints, profiles_for

RECENT: Final = 3
# How long a failed attempt is what the person is about. Later it is history.
FRESH_FAILURE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class PersonContext:
    """``endpoints``: every one that AWS ever listed; ``log_entries``: whom the connection log means by this person.

    ``recent``: the newest connections and attempts in the log. ``troubles``: of the endpoints that the person uses.
    """

    user: User
    endpoints: list[Endpoint]
    presence: PersonPresence
    downloads: PersonDownloads
    profiles: list[Profile]
    log_entries: PersonEntries
    recent: Sequence[Connection]
    troubles: Sequence[PersonTrouble]

    @property
    def allowed(self) -> list[Endpoint]:
        return [profile.endpoint for profile in self.profiles]

    @property
    def ever_seen(self) -> bool:
        """Whether AWS was ever read: else nobody can say that there is no profile."""
        return any(endpoint.seen_at for endpoint in self.endpoints)

    @property
    def lost(self) -> list[Endpoint]:
        """Those that the person has the profile of, and can't use any more."""
        return lost_endpoints(self.endpoints, self.downloads, self.profiles)

    @property
    def used(self) -> list[Endpoint]:
        """Those that the person has the profile of, or was connected to lately."""
        return _used(self.endpoints, self.downloads, self.recent, self.presence)

    @property
    def fresh_failure(self) -> Connection | None:
        """The last attempt, if it failed just now."""
        newest = self.recent[0] if self.recent else None
        is_fresh = newest and newest.status in FAILURES and newest.at > timezone.now() - FRESH_FAILURE
        return newest if is_fresh else None

    @property
    def device_ip(self) -> str:
        """Where the person's own network is on the internet, while the log says that the last connection is open."""
        newest = self.recent[0] if self.recent else None
        return newest.device_ip or "" if newest and newest.status == ConnectionStatus.OPEN else ""


def person_context(user: User) -> PersonContext:
    endpoints = endpoint_queries.all_endpoints()
    downloads = downloads_by(user)
    log_entries = person_entries(user.username)
    recent = newest_connections(log_entries.ids, newest=RECENT)
    presence = _newer(find_presence(user.username, endpoints=endpoints), recent, endpoints)
    profiles = profiles_for(user, endpoints, downloads)
    allowed = [profile.endpoint for profile in profiles]
    return PersonContext(
        user=user,
        endpoints=endpoints,
        presence=presence,
        downloads=downloads,
        profiles=profiles,
        log_entries=log_entries,
        recent=recent,
        troubles=troubles_for(
            endpoints,
            allowed=allowed,
            used=_used(endpoints, downloads, recent, presence),
            is_reported=somebody_knows,
        ),
    )


def _used(
    endpoints: Sequence[Endpoint],
    downloads: PersonDownloads,
    recent: Sequence[Connection],
    presence: PersonPresence,
) -> list[Endpoint]:
    connected = {row.endpoint_id for row in recent if row.status not in FAILURES} | {presence.endpoint_id}
    return [
        endpoint
        for endpoint in endpoints
        if endpoint.pk in downloads.newest_by_endpoint or endpoint.endpoint_id in connected
    ]


def _newer(
    presence: PersonPresence, recent: Sequence[Connection], endpoints: Sequence[Endpoint]
) -> PersonPresence:
    """The snapshot's answer, unless the connection log has something newer: it is seconds old, a snapshot a minute."""
    newest = recent[0] if recent else None
    if newest is None or presence.seen_at is None:
        return presence
    if newest.status == ConnectionStatus.OPEN and newest.at > presence.seen_at:
        endpoint = next((known for known in endpoints if known.endpoint_id == newest.endpoint_id), None)
        if endpoint is None:
            return presence
        return PersonPresence(
            active=True,
            connection_id=newest.connection_id,
            endpoint_id=endpoint.endpoint_id,
            split_tunnel=endpoint.split_tunnel,
            label=endpoint.label,
            since=newest.at,
            seen_at=newest.updated_at,
        )
    has_ended = newest.ended_at is not None and newest.ended_at > presence.seen_at
    if has_ended and newest.connection_id == presence.connection_id:
        return PersonPresence(active=False, seen_at=newest.ended_at)
    return presence
