"""What the verdict is made of, from our own database."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone

from portal.addresses import Address
from vpn.egress.models import EgressCheck
from vpn.egress.verdict import KnownAddresses
from vpn.endpoints import queries as endpoint_queries
from vpn.endpoints.models import EgressAddressPeriod, Endpoint

CACHE_KEY: Final = "egress-known-addresses"
CACHE_SECONDS: Final = 2
# An outage may last over night; an address that AWS gave to somebody else meanwhile is nobody's here.
FORMER: Final = timedelta(hours=24)


def known_addresses(endpoints: Iterable[Endpoint]) -> KnownAddresses:
    """Our own addresses, as the last good snapshot of each endpoint has them, however old it is."""
    endpoints = list(endpoints)
    egress = endpoint_queries.egress_addresses(endpoints)
    return KnownAddresses(
        egress={ip_address(address): label for address, label in egress.labels.items()},
        ever_known=egress.ever_known,
        offices=settings.OFFICE_NETWORKS,
        trusted_proxies=settings.TRUSTED_PROXIES,
        former=_former_addresses(),
        state=endpoint_queries.fingerprint(endpoints),
    )


def _former_addresses() -> dict[Address, str]:
    """Those that a snapshot found lately and the newest one doesn't, with their endpoints' labels."""
    periods = EgressAddressPeriod.objects.filter(until__gt=timezone.now() - FORMER).order_by("until")
    rows = periods.values_list("address", "endpoint__label")
    return {ip_address(address): label for address, label in rows}


def cached_known_addresses() -> KnownAddresses:
    """The same, at most two seconds old: scripts and monitoring may ask as often as they like, without signing in."""
    known: KnownAddresses | None = cache.get(CACHE_KEY)
    if known is None:
        known = known_addresses(endpoint_queries.all_endpoints())
        cache.set(CACHE_KEY, known, CACHE_SECONDS)
    return known


def people_by_result(*, since: datetime) -> dict[str, int]:
    """How many people's newest check, made since then, had which result."""
    counted = EgressCheck.objects.filter(checked_at__gt=since).values_list("result").annotate(Count("pk"))
    return dict(counted.order_by())
