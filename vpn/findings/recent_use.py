"""Who used which endpoint in the last days, as far as the log's user names are the portal's.

Both rules about access rest on it, and on the groups of a person's last sign-in to the portal: nobody tells the portal
of a change before that.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from portal.access.accounts import accounts_named
from portal.access.models import User
from vpn.connection_log.models import ConnectionUser
from vpn.connection_summary.models import PersonDay
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import visible_endpoints

PERIOD: Final = timedelta(days=7)
FEDERATED: Final = "federated-authentication"


@dataclass(frozen=True)
class EndpointUse:
    """Connections of one person to an endpoint.

    ``person``: the same for all names of the person (AccountsByName.person_key). ``username``: in one of the cases that
    the log has. ``user`` None: they never signed in to the portal.
    """

    person: str
    username: str
    user: User | None
    endpoint: Endpoint
    days: list[date]
    connections: int


def recent_uses(now: datetime) -> list[EndpointUse]:
    """Of endpoints where people sign in by SAML: only there is the log's user name the portal's."""
    endpoints = {
        endpoint.endpoint_id: endpoint
        for endpoint in visible_endpoints()
        if FEDERATED in endpoint.authentication and endpoint.seen_at
    }
    rows = PersonDay.objects.filter(
        day__gt=timezone.localdate(now - PERIOD), endpoint_id__in=endpoints
    ).values_list("user_id", "endpoint_id", "day", "connections")
    log_users = ConnectionUser.objects.filter(pk__in={user_id for user_id, *_ in rows}).order_by("username")
    usernames = dict(log_users.values_list("pk", "username"))
    accounts = accounts_named(usernames.values())
    # The log may have a person in two cases; they are one, and shown as the last of them.
    shown = {accounts.person_key(username): username for username in usernames.values()}
    days_by_use: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for user_id, endpoint_id, day, connections in rows:
        if user_id in usernames:
            use = (accounts.person_key(usernames[user_id]), endpoint_id)
            days_by_use.setdefault(use, []).append((day, connections))
    return [
        EndpointUse(
            person,
            shown[person],
            accounts.get(shown[person]),
            endpoints[endpoint_id],
            [day for day, _ in days],
            sum(connections for _, connections in days),
        )
        for (person, endpoint_id), days in days_by_use.items()
    ]
