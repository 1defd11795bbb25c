"""The address a request comes from, which nobody can forge.

Each proxy appends the address it was called from to ``X-Forwarded-For``, so only the right-hand end of that header
is known to be true, and only as long as the one who appended is ours (``TRUSTED_PROXIES``). ``Forwarded`` and
``X-Real-IP`` are never read: they would be a second opinion that a client can write.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal.env import Network

__all__ = ["Address", "Network", "client_address", "is_trusted", "parse_address"]

Address = IPv4Address | IPv6Address


def parse_address(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, with an IPv6 zone, IPv4-mapped. None: garbage."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both versions reports IPv4 peers like this; networks are written as IPv4.
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; an IPv4 address is in no IPv6 network, and the other way round."""
    return any(address in network for network in trusted)


def client_address(*, peer: str, forwarded_for: str, trusted: Sequence[Network]) -> Address | None:
    """The first address, from the right, that is not one of our proxies.

    ``peer`` is whom the connection came from, ``forwarded_for`` every ``X-Forwarded-For`` header, comma-joined.
    None if a proxy of ours passed on something that is no address. If all are proxies, the left-most of them.
    """
    address = parse_address(peer)
    hops = forwarded_for.split(",") if forwarded_for else []
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
