"""Whether a person is connected to the VPN, as far as AWS's last answers say. No other module decides this."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from portal.access.accounts import of_person
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.endpoints.queries import STALE_AFTER_SNAPSHOTS

# More connections than a person has devices
MOST_OWN: Final = 10


@dataclass(frozen=True)
class PersonPresence:
    """A person's VPN connection as of ``seen_at``. ``active`` None: not known.

    ``label`` and ``split_tunnel`` are those of the endpoint; ``since`` None: AWS didn't say. ``client_ip_v6``: the
    address in the VPN, which sites see as it is, because AWS doesn't translate IPv6.
    """

    active: bool | None
    connection_id: str = ""
    endpoint_id: str = ""
    split_tunnel: bool = False
    label: str = ""
    since: datetime | None = None
    seen_at: datetime | None = None
    client_ip_v6: str = ""


def find_presence(username: str, *, endpoints: Iterable[Endpoint]) -> PersonPresence:
    """The person's newest connection to any of ``endpoints`` that AWS still has.

    DescribeClientVpnConnections promises a user name for Active Directory only: where connections are listed without
    any name, nobody can be said to be away. Nor while one endpoint's connections were not listed lately.
    """
    current = {endpoint.pk: endpoint for endpoint in endpoints if endpoint.vanished_at is None}
    # AWS need not write a username in the same case as the identity provider does.
    live = LiveConnection.objects.filter(endpoint__in=current)
    # The person's own first, then those without a name: one query, since every open page asks.
    named_or_own = live.filter(Q(username="") | of_person(username))
    newest_first = named_or_own.order_by(Lower("username").desc(), F("established_at").desc(nulls_last=True))
    connections = list(newest_first[:MOST_OWN])
    # One on a list that is old must not hide another on a list that is not.
    connection = next(
        (row for row in connections if row.username and is_list_fresh(current[row.endpoint_id])), None
    )
    if connection is not None:
        endpoint = current[connection.endpoint_id]
        return PersonPresence(
            active=True,
            connection_id=connection.connection_id,
            endpoint_id=endpoint.endpoint_id,
            split_tunnel=endpoint.split_tunnel,
            label=endpoint.label,
            since=connection.established_at,
            seen_at=endpoint.connections_seen_at,
            client_ip_v6=connection.client_ip_v6 or "",
        )
    # One of somebody's on a list that is old, or of nobody knows whom.
    if not current or not all(map(is_list_fresh, current.values())) or connections:
        return PersonPresence(active=None)
    return PersonPresence(active=False, seen_at=_oldest_snapshot(current.values()))


def is_list_fresh(endpoint: Endpoint) -> bool:
    """Whether AWS listed the endpoint's connections lately: only then does it say who isn't connected."""
    since = timezone.now() - timedelta(seconds=STALE_AFTER_SNAPSHOTS * settings.SNAPSHOT_SECONDS)
    return endpoint.connections_seen_at is not None and endpoint.connections_seen_at > since


def _oldest_snapshot(endpoints: Iterable[Endpoint]) -> datetime | None:
    return min(
        (endpoint.connections_seen_at for endpoint in endpoints if endpoint.connections_seen_at), default=None
    )
