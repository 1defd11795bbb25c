"""What the verdict is made of, from our own database."""

from datetime import datetime
from ipaddress import ip_address
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count

from vpn.egress.models import EgressCheck
from vpn.egress.verdict import KnownAddresses, VpnSession
from vpn.endpoints import queries as endpoints
from vpn.endpoints.queries import EgressIps, PersonPresence

KNOWN: Final = "egress-known"
KNOWN_SECONDS: Final = 2
# The cache would make it anew of its bytes each time; so it holds a mark, and says when that is too old.
_held: dict[str, KnownAddresses] = {}


def known() -> KnownAddresses:
    return known_from(endpoints.egress_ips())


def known_from(ours: EgressIps) -> KnownAddresses:
    return KnownAddresses(
        egress={ip_address(ip): label for ip, label in ours.labels.items()},
        ever_known=ours.ever_known,
        offices=settings.OFFICE_NETWORKS,
        trusted_proxies=settings.TRUSTED_PROXIES,
    )


def known_lately() -> KnownAddresses:
    """The same, at most two seconds old, from this process's memory: scripts may ask as often as they like."""
    mark = cache.get(KNOWN)
    held = _held.get(mark)
    if held is None:
        mark, held = uuid4().hex, known()
        _held.clear()
        _held[mark] = held
        cache.set(KNOWN, mark, KNOWN_SECONDS)
    return held


def session_of(presence: PersonPresence) -> VpnSession:
    """What a verdict needs of somebody's connection; AWS may not name users, and then nothing is known."""
    if presence.connection is None:
        return VpnSession(active=False if presence.known else None)
    endpoint = presence.connection.endpoint
    return VpnSession(
        active=True,
        split_tunnel=endpoint.split_tunnel,
        label=endpoint.label,
        since=presence.connection.established_at,
        seen_at=endpoint.connections_seen_at,
    )


def people_by_finding(*, since: datetime) -> dict[str, int]:
    """How many people's newest check, made since then, found what."""
    counted = EgressCheck.objects.filter(checked_at__gt=since).values_list("finding").annotate(Count("pk"))
    return dict(counted.order_by())
