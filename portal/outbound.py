"""The one way in which the portal fetches something by URL: https, bounded, and never from inside our own network.

The name is resolved once, every address it resolves to is checked, and the connection goes to a checked address: a
name that resolves differently a moment later changes nothing. Redirects are not followed.
"""

import http.client
import socket
import ssl
import time
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from portal.access.addresses import Address

CHUNK = 64 * 1024
# NAT64 wraps any IPv4 address, private ones too.
NAT64 = ip_network("64:ff9b::/96")


class OutboundError(Exception):
    """What was wrong, in a sentence for an administrator."""


def fetch(url: str, *, max_bytes: int, seconds: float) -> bytes:
    """The body that ``url`` answers with status 200. Raises OutboundError; takes at most about ``seconds``."""
    parts = urlsplit(url)
    deadline = time.monotonic() + seconds
    address = _checked_address(parts)
    connection = _connection(parts, timeout=seconds)
    try:
        connection.sock = _connect(parts, address, timeout=seconds)
        target = parts.path or "/"
        connection.request("GET", f"{target}?{parts.query}" if parts.query else target)
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise OutboundError(f"{url} answered {response.status}. Redirects are not followed.")
        return _read(response, url, max_bytes=max_bytes, deadline=deadline)
    except (OSError, http.client.HTTPException) as error:
        raise OutboundError(f"{url} could not be read: {error}") from error
    finally:
        connection.close()


def _read(response: http.client.HTTPResponse, url: str, *, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise OutboundError(f"{url} is longer than {max_bytes} bytes.")
        if time.monotonic() > deadline:
            raise OutboundError(f"{url} took too long.")
    return bytes(body)


def _checked_address(parts: SplitResult) -> Address:
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError(f"{host} does not resolve: {error}") from error
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        _check_address(parts, address)
    return addresses[0]


def _check_address(parts: SplitResult, address: Address) -> None:
    loopback_in_sandbox = settings.SANDBOX and address.is_loopback
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback_in_sandbox):
        raise OutboundError(f"{parts.geturl()}: only https is fetched.")
    public = address.is_global and not address.is_multicast and address not in NAT64
    if not public and not settings.OUTBOUND_ALLOW_PRIVATE:
        raise OutboundError(
            f"{parts.hostname} resolves to {address}, which is not a public address. If that is right, "
            "set OUTBOUND_ALLOW_PRIVATE=true."
        )


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _connection(parts: SplitResult, *, timeout: float) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", _port(parts), timeout=timeout)


def _connect(parts: SplitResult, address: Address, *, timeout: float) -> socket.socket:
    plain = socket.create_connection((str(address), _port(parts)), timeout=timeout)
    if parts.scheme != "https":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
