"""Everything that the layers look at, read once from the portal's own database: no layer asks for anything itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from portal.access.models import User
from vpn.connection_log.models import Connection
from vpn.connection_log.search.people import person_entries
from vpn.diagnosis.base.progress import Progress, find_progress
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import Endpoint
from vpn.endpoints.presence import PersonPresence, find_presence
from vpn.profiles.queries import PersonDownloads, Profile, downloads_by, profiles_for

ATTEMPTS_WITHIN: Final = timedelta(days=30)
MAX_ATTEMPTS: Final = 50


@dataclass(frozen=True)
class PersonFacts:
    """One person, as known at ``now``.

    ``user`` None: never signed in to the portal, so that groups, downloads and checks aren't known. ``attempts``:
    connections and attempts of ATTEMPTS_WITHIN, newest first, first legs of sign-ins included. ``endpoint``: the one
    that the question is about; None where nothing tells.
    """

    now: datetime
    username: str
    user: User | None
    endpoints: Sequence[Endpoint]
    endpoint: Endpoint | None
    profiles: Sequence[Profile]
    downloads: PersonDownloads
    presence: PersonPresence
    attempts: Sequence[Connection]
    check: EgressCheck | None
    progress: Progress

    @property
    def profile(self) -> Profile | None:
        """The person's profile for ``endpoint``."""
        return next((profile for profile in self.profiles if profile.endpoint == self.endpoint), None)


def person_facts(username: str) -> PersonFacts:
    """``username`` as the portal or the connection log has it."""
    now = timezone.now()
    user = User.objects.named(username).first()
    # With all columns: layers look at routes, rules and settings.
    endpoints = list(Endpoint.objects.select_related("account"))
    downloads = downloads_by(user) if user else PersonDownloads({}, None)
    profiles = profiles_for(user, endpoints, downloads) if user else []
    attempts = _attempts(username, now)
    presence = find_presence(username, endpoints=endpoints)
    check = EgressCheck.objects.filter(user=user).first() if user else None
    return PersonFacts(
        now=now,
        username=username,
        user=user,
        endpoints=endpoints,
        endpoint=_endpoint_in_question(endpoints, presence, attempts, downloads, profiles),
        profiles=profiles,
        downloads=downloads,
        presence=presence,
        attempts=attempts,
        check=check,
        progress=find_progress(attempts, check, now=now),
    )


def _attempts(username: str, now: datetime) -> list[Connection]:
    people = person_entries(username).ids
    rows = Connection.objects.filter(user__in=people, at__gt=now - ATTEMPTS_WITHIN)
    return list(rows.select_related("user").order_by("-at", "-connection_id")[:MAX_ATTEMPTS])


def _endpoint_in_question(
    endpoints: Sequence[Endpoint],
    presence: PersonPresence,
    attempts: Sequence[Connection],
    downloads: PersonDownloads,
    profiles: Sequence[Profile],
) -> Endpoint | None:
    """Where the person is connected, has tried last, or has the newest profile of; else the one to begin with."""
    known = {endpoint.endpoint_id: endpoint for endpoint in endpoints}
    named = [presence.endpoint_id] if presence.active else []
    for endpoint_id in (*named, *(attempt.endpoint_id for attempt in attempts[:1])):
        if endpoint_id in known:
            return known[endpoint_id]
    newest = downloads.newest
    if newest is not None:
        return next((endpoint for endpoint in endpoints if endpoint.pk == newest.endpoint_id), None)
    begin_with = [profile.endpoint for profile in profiles if profile.suggested]
    return next(iter(begin_with), None)
