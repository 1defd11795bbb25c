"""The one way in which the portal fetches or sends something by URL: https, bounded, never inside our own network.

The name is resolved once, every address it resolves to is checked, and the connection goes to the first checked address
that accepts one: a name that resolves differently a moment later changes nothing. Redirects are not followed.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from portal.addresses import Address, is_reserved

CHUNK = 64 * 1024
# Seconds; a timeout of 0 would make a socket non-blocking.
MIN_TIMEOUT = 0.1
# The answer to a POST is read up to here, and not used.
ANSWER_BYTES = 64 * 1024


class OutboundError(Exception):
    """What was wrong, in a sentence for an administrator. ``status``: that of the answer; 0 without one."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def fetch(url: str, *, max_bytes: int, seconds: float) -> bytes:
    """The body that ``url`` answers with status 200. Raises OutboundError; takes at most about ``seconds``."""
    with _exchange(url, "GET", label=url, seconds=seconds) as (response, deadline):
        if response.status != http.client.OK:
            message = f"{url} answered {response.status}. Redirects are not followed."
            raise OutboundError(message, status=response.status)
        return _read(response, url, max_bytes=max_bytes, deadline=deadline)


def post(url: str, body: bytes, *, content_type: str, seconds: float) -> None:
    """Sent once; a status of 2xx is good. Raises OutboundError, which names only the host: the rest may be a secret.

    An error doesn't mean that nothing arrived: the answer may have got lost.
    """
    host = _parts(url, label="The URL").hostname or ""
    with _exchange(
        url, "POST", label=host, seconds=seconds, body=body, headers={"Content-Type": content_type}
    ) as (response, deadline):
        if not 200 <= response.status < 300:
            message = f"{host} answered {response.status}. Redirects are not followed."
            raise OutboundError(message, status=response.status)
        _read(response, host, max_bytes=ANSWER_BYTES, deadline=deadline)


def tls_certificate(url: str, *, seconds: float) -> bytes:
    """The certificate that the server of ``url`` shows, as DER. Raises OutboundError, also for one that isn't valid."""
    parts = _parts(url, label=url)
    addresses = _checked_addresses(parts, label=url)
    try:
        connection = _connect_to_first(parts, addresses, deadline=time.monotonic() + seconds)
        with connection:
            certificate = (
                connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
            )
    except OSError as error:
        raise OutboundError(f"{url} could not be reached: {error}") from error
    if not certificate:
        raise OutboundError(f"{url} shows no certificate.")
    return certificate


@contextmanager
def _exchange(
    url: str,
    method: str,
    *,
    label: str,
    seconds: float,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[tuple[http.client.HTTPResponse, float]]:
    """Yields the response, and the moment (time.monotonic) by which its body must be read.

    Errors name ``label`` instead of the URL, which may hold a secret.
    """
    parts = _parts(url, label=label)
    deadline = time.monotonic() + seconds
    addresses = _checked_addresses(parts, label=label)
    connection = _connection(parts, timeout=seconds)
    try:
        # http.client would resolve the name again, and could be sent to an address that wasn't checked.
        connection.sock = _connect_to_first(parts, addresses, deadline=deadline)
        target = parts.path or "/"
        connection.request(
            method, f"{target}?{parts.query}" if parts.query else target, body, dict(headers or {})
        )
        yield connection.getresponse(), deadline
    except OSError as error:
        raise OutboundError(f"{label} could not be read: {error}") from error
    except http.client.HTTPException as error:
        # Its text may quote the URL.
        raise OutboundError(f"{label} could not be read: {type(error).__name__}") from error
    finally:
        connection.close()


def _read(response: http.client.HTTPResponse, url: str, *, max_bytes: int, deadline: float) -> bytes:
    body = bytearray()
    # read1() returns what has arrived, so a server that trickles can't outlast the deadline.
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise OutboundError(f"{url} is longer than {max_bytes} bytes.")
        if time.monotonic() > deadline:
            raise OutboundError(f"{url} took too long.")
    return bytes(body)


def _checked_addresses(parts: SplitResult, *, label: str) -> list[Address]:
    """All addresses of the host, in the resolver's order. Raises OutboundError if one of them is not allowed."""
    host = parts.hostname or ""
    try:
        results = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError(f"{host} does not resolve: {error}") from error
    addresses = list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in results))
    for address in addresses:
        _check_address(parts, address, label=label)
    return addresses


def _check_address(parts: SplitResult, address: Address, *, label: str) -> None:
    loopback_in_sandbox = settings.SANDBOX and address.is_loopback
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback_in_sandbox):
        raise OutboundError(f"{label}: only https is used.")
    # What is_global says of 6to4 and other reserved networks differs between Python's versions.
    public = address.is_global and not is_reserved(address)
    if not public and not settings.OUTBOUND_ALLOW_PRIVATE:
        raise OutboundError(
            f"{parts.hostname} resolves to {address}, which is not a public address. If that is right, "
            "set OUTBOUND_ALLOW_PRIVATE=true."
        )


def _parts(url: str, *, label: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError as error:
        # Its text may quote the URL.
        raise OutboundError(f"{label}: the address can't be read. Check brackets and port.") from error
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _connection(parts: SplitResult, *, timeout: float) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", _port(parts), timeout=timeout)


def _connect_to_first(parts: SplitResult, addresses: Sequence[Address], *, deadline: float) -> socket.socket:
    """A connection to the first address that accepts one; raises OSError with the failure of each."""
    failures: list[str] = []
    for address in addresses:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            failures.append("timed out")
            break
        # So that an address that never answers leaves time for those after it.
        timeout = remaining if address == addresses[-1] else remaining / 2
        try:
            connection = _connect(parts, address, timeout=timeout)
        except OSError as error:
            failures.append(f"{address}: {error}")
            continue
        connection.settimeout(max(deadline - time.monotonic(), MIN_TIMEOUT))
        return connection
    raise OSError("; ".join(failures))


def _connect(parts: SplitResult, address: Address, *, timeout: float) -> socket.socket:
    plain = socket.create_connection((str(address), _port(parts)), timeout=timeout)
    if parts.scheme != "https":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
