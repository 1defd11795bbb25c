"""From the text of one connection-log event to typed values: pure.

Client VPN administrator guide, "Connection logging": one JSON object; every scalar is a string; ``NA`` (and, in
DescribeClientVpnConnections, ``-``) is nothing; times are ``YYYY-MM-DD HH:MM:SS`` without a zone, and UTC is assumed.
Keys come in any order and may be missing; those that aren't known here stay in the raw text.
"""

import json
import re
from datetime import date
from enum import IntFlag
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

import msgspec

# Client VPN was announced in December 2018.
EARLIEST: Final = "2018-01-01 00:00:00"
NOTHING: Final = frozenset({"NA", "-", ""})
MOMENT: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
IDENTIFIER: Final = re.compile(r"[!-~]{1,64}", re.ASCII)
OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4: Final = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}", re.ASCII)
# A petabyte in one connection is a broken number; sums of thousands of these still fit into PostgreSQL's bigint.
BIGGEST: Final = 10**15
BIGGEST_PORT: Final = 65535
# Bytes in UTF-8: PostgreSQL's indexes hold no more than 2,700, and lower() may lengthen a text by half.
LONGEST: Final = 1024


class EventKind(IntFlag):
    """What an event says; a connection's events together are the union. NAMED: one of them has a username."""

    SUCCESSFUL = 1
    FAILED = 2
    WAITING = 4
    ASSERTION_RECEIVED = 8
    RESET = 16
    NAMED = 32


ATTEMPTS: Final = {
    "successful": EventKind.SUCCESSFUL,
    "failed": EventKind.FAILED,
    "waiting-for-assertion": EventKind.WAITING,
}


SAYING_KIND: Final = ("connection-log-type", "connection-attempt-status", "connection-reset-status")


class UnreadableEvent(Exception):
    """``problem`` is a stable id, as in models.UnreadableLine."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class LogEvent(msgspec.Struct, frozen=True, gc=False):
    """Moments are UTC texts that compare as they are; None is the log's ``NA``, a missing key, or a bad value.

    ``left_out``: the fields whose values could not be read.
    """

    connection_id: str
    endpoint_id: str
    at: str
    digest: int
    kind: EventKind
    raw: str
    username: str | None
    common_name: str | None
    device_type: str | None
    device_ip: str | None
    port: int | None
    transport_protocol: str | None
    client_ip: str | None
    client_ip_v6: str | None
    started_at: str | None
    ended_at: str | None
    duration_seconds: int | None
    ingress_bytes: int
    egress_bytes: int
    ingress_packets: int
    egress_packets: int
    failure_reason: str | None
    reset_status: str | None
    left_out: tuple[str, ...] = ()


def parse(text: str, *, latest: str) -> LogEvent:
    """Raises Unreadable. ``latest``: no event can be newer (``YYYY-MM-DD HH:MM:SS``, UTC)."""
    fields = _fields(text)
    reader = _Reader(fields, latest=latest)
    raw = storable(text)
    started_at = reader.moment("connection-start-time")
    ended_at = reader.moment("connection-end-time")
    at = reader.moment("connection-last-update-time") or ended_at or started_at
    if at is None:
        raise UnreadableEvent("time")
    return LogEvent(
        connection_id=reader.identifier("connection-id"),
        endpoint_id=reader.identifier("client-vpn-endpoint-id"),
        at=at,
        digest=digest(raw.encode()),
        kind=kind_of(*(fields.get(name) for name in SAYING_KIND)),
        raw=raw,
        username=reader.text("username"),
        common_name=reader.text("common-name"),
        device_type=reader.text("device-type"),
        device_ip=reader.address("device-ip"),
        port=reader.number("port", most=BIGGEST_PORT),
        transport_protocol=reader.text("transport-protocol"),
        client_ip=reader.address("client-ip"),
        client_ip_v6=reader.address("client-ip-v6"),
        started_at=started_at,
        ended_at=ended_at,
        duration_seconds=reader.number("connection-duration-seconds"),
        ingress_bytes=reader.number("ingress-bytes") or 0,
        egress_bytes=reader.number("egress-bytes") or 0,
        ingress_packets=reader.number("ingress-packets") or 0,
        egress_packets=reader.number("egress-packets") or 0,
        failure_reason=reader.text("connection-attempt-failure-reason"),
        reset_status=reader.text("connection-reset-status"),
        left_out=tuple(reader.left_out),
    )


def storable(text: str) -> str:
    """Without what PostgreSQL can't hold: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def digest(raw: bytes) -> int:
    """The first 8 bytes of the BLAKE2b hash, signed as PostgreSQL's bigint is."""
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), signed=True)


def _fields(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        # It refuses lone surrogates, which json reads. Python itself refuses integers of thousands of digits.
        try:
            found = json.loads(text, parse_int=_integer)
        except (ValueError, RecursionError) as error:
            raise UnreadableEvent("not-json") from error
    if not isinstance(found, dict):
        raise UnreadableEvent("not-json")
    return found


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float(digits)


def kind_of(log_type: object, attempt_status: object, reset_status: object) -> EventKind:
    """Raises Unreadable."""
    if log_type == "connection-attempt" and str(attempt_status) in ATTEMPTS:
        return ATTEMPTS[str(attempt_status)]
    if log_type == "connection-reset":
        return EventKind.ASSERTION_RECEIVED if reset_status == "assertion-received" else EventKind.RESET
    raise UnreadableEvent("kind")


class _Reader:
    """Reads one event's fields, and notes those whose values can't be read."""

    def __init__(self, fields: dict[str, Any], *, latest: str) -> None:
        self._fields = fields
        self._latest = latest
        self.left_out: list[str] = []

    def text(self, name: str) -> str | None:
        value = self._fields.get(name)
        if value is None or (isinstance(value, str) and value in NOTHING):
            return None
        text = storable(value) if isinstance(value, str) else None
        if text is None or len(text.encode()) > LONGEST:
            self.left_out.append(name)
            return None
        return text

    def identifier(self, name: str) -> str:
        value = self._fields.get(name)
        if not isinstance(value, str) or value in NOTHING or not IDENTIFIER.fullmatch(value):
            raise UnreadableEvent(name)
        return value

    def moment(self, name: str) -> str | None:
        value = self.text(name)
        if value is None or (is_moment(value) and EARLIEST <= value <= self._latest):
            return value
        self.left_out.append(name)
        return None

    def address(self, name: str) -> str | None:
        value = self.text(name)
        address = canonical_address(value) if value else None
        if value and address is None:
            self.left_out.append(name)
        return address

    def number(self, name: str, *, most: int = BIGGEST) -> int | None:
        value = self._fields.get(name)
        # A number that is written as one says the same.
        value = str(value) if type(value) is int and 0 <= value <= most else self.text(name)
        if value is None:
            return None
        if value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= most:
            return int(value)
        self.left_out.append(name)
        return None


def is_moment(text: str) -> bool:
    return re.fullmatch(MOMENT, text) is not None and is_date(text[:10])


# There are few.
@lru_cache(maxsize=4096)
def is_date(text: str) -> bool:
    """Of what looks like one."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def canonical_address(text: str) -> str | None:
    """Without a zone, which PostgreSQL's inet has not; an IPv4 address written as IPv6 is an IPv4 address."""
    if IPV4.fullmatch(text):
        return text
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
