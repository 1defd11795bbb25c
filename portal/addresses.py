"""The address a request comes from, which nobody can forge, and which addresses the internet never sees.

Each proxy appends the address it was called from to ``X-Forwarded-For``, so only the right-hand end of that header
is known to be true, and only as long as the one who appended is ours (``TRUSTED_PROXIES``). ``Forwarded`` and
``X-Real-IP`` are never read: they would be a second opinion that a client can write.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal.env import Network

__all__ = [
    "Address",
    "Network",
    "client_address",
    "contains",
    "is_filled",
    "is_reserved",
    "is_trusted",
    "parse_address",
    "parse_network",
    "regions_of",
]

Address = IPv4Address | IPv6Address

# What may stand around an address: brackets, and the port of the connection. IPv6 has a port only with brackets.
_BRACKETS: Final = re.compile(r"\[([^\[\]]+)\](?::\d+)?")
_IPV4_PORT: Final = re.compile(r"([^:]+):\d+")

# IANA's special-purpose registries (RFC 6890 and its updates), without the networks for documentation (192.0.2.0/24,
# 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32): demo and tests use those as public ones, and nobody else has them.
RESERVED: Final = tuple(
    map(
        ip_network,
        [
            "0.0.0.0/8",
            "10.0.0.0/8",
            # Carriers' and AWS's own address translation
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            # The client's side of DS-Lite and 464XLAT
            "192.0.0.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            # Benchmarks; programs that answer DNS themselves hand these out as placeholders
            "198.18.0.0/15",
            "224.0.0.0/4",
            # Cloudflare's Pseudo IPv4 makes such an address out of an IPv6 one
            "240.0.0.0/4",
            "2001:2::/48",
            "2001:10::/28",
            "2001:20::/28",
            "3fff::/20",
        ],
    )
)
# All other IPv6 addresses are private, local, multicast, translated, or were never given to anybody.
PUBLIC_IPV6: Final = IPv6Network("2000::/3")
# An IPv4 address as a network without IPv4 writes it (RFC 6052). 64:ff9b:1::/48 (RFC 8215) is for inside a network, and
# each decides where in it the IPv4 address is.
NAT64: Final = IPv6Network("64:ff9b::/96")


def parse_address(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, with an IPv6 zone, IPv4 within IPv6. None: garbage."""
    text = text.strip().strip('"')
    match = _BRACKETS.fullmatch(text) or _IPV4_PORT.fullmatch(text)
    try:
        # Leading zeros are refused: some read 010 as eight.
        address = ip_address(match[1] if match else text)
    except ValueError:
        return None
    return _without_wrapping(address)


def _without_wrapping(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, because networks are written as IPv4; without an IPv6 zone."""
    if isinstance(address, IPv4Address):
        return address
    # A socket for both versions reports IPv4 peers like this.
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in NAT64:
        embedded = IPv4Address(int(address) & 0xFFFF_FFFF)
        # RFC 6052 3.1: no translator writes these, so whoever did could make up one of our proxies.
        return address if is_reserved(embedded) else embedded
    return IPv6Address(int(address))


def parse_network(cidr: str) -> Network | None:
    """None for text that is no CIDR block: snapshots keep whatever AWS answers."""
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


def contains(wide: Network, narrow: Network) -> bool:
    """Whether all of ``narrow`` is in ``wide``; False for different IP versions."""
    if isinstance(wide, IPv4Network):
        return isinstance(narrow, IPv4Network) and narrow.subnet_of(wide)
    return isinstance(narrow, IPv6Network) and narrow.subnet_of(wide)


def regions_of(networks: Iterable[Network]) -> list[tuple[Network, tuple[Network, ...]]]:
    """Each network with the largest ones inside it. CIDR blocks contain each other or are disjoint."""
    ordered = sorted(
        networks, key=lambda network: (network.version, network.prefixlen, int(network.network_address))
    )
    return [(network, _largest_inside(network, ordered)) for network in ordered]


def _largest_inside(outer: Network, ordered: Sequence[Network]) -> tuple[Network, ...]:
    """``ordered`` has wider networks first, so each network comes after the ones that contain it."""
    largest: list[Network] = []
    for network in ordered:
        is_inside = network != outer and contains(outer, network)
        if is_inside and not any(contains(wider, network) for wider in largest):
            largest.append(network)
    return tuple(largest)


def is_filled(network: Network, inside: Iterable[Network]) -> bool:
    """Whether the networks ``inside``, which don't overlap, leave no address of ``network`` to itself."""
    return sum(narrower.num_addresses for narrower in inside) == network.num_addresses


def is_reserved(address: Address) -> bool:
    """Whether no site on the internet ever sees this as somebody's address, and none is reached by it."""
    if isinstance(address, IPv6Address):
        if address.sixtofour:
            return is_reserved(address.sixtofour)
        if address not in PUBLIC_IPV6:
            return True
    return is_trusted(address, RESERVED)


def is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; an IPv4 address is in no IPv6 network, and the other way round."""
    return any(address in network for network in trusted)


def client_address(*, peer: str, forwarded_for: str, trusted: Sequence[Network]) -> Address | None:
    """The first address, from the right, that is not one of our proxies.

    ``peer`` is whom the connection came from, ``forwarded_for`` every ``X-Forwarded-For`` header, comma-joined.
    None if a proxy of ours passed on something that is no address. If all are proxies, the left-most of them.
    """
    address = parse_address(peer)
    # RFC 9110 5.6.1: empty elements of a list say nothing. A proxy that appends to an empty header writes ", address".
    hops = [hop for hop in forwarded_for.split(",") if hop.strip()]
    if forwarded_for.strip() and not hops and address is not None and is_trusted(address, trusted):
        return None
    while address is not None and hops and is_trusted(address, trusted):
        address = parse_address(hops.pop())
    return address


class ClientAddressMiddleware:
    """Sets ``request.client_address``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.client_address = client_address(  # type: ignore[attr-defined]
            peer=request.META.get("REMOTE_ADDR", ""),
            forwarded_for=request.META.get("HTTP_X_FORWARDED_FOR", ""),
            trusted=settings.TRUSTED_PROXIES,
        )
        return self.get_response(request)
