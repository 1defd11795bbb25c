"""From the text of one connection-log event to typed values: pure.

Client VPN administrator guide, "Connection logging": one JSON object; every scalar is a string; ``NA`` (and, in
DescribeClientVpnConnections, ``-``) is nothing; times are ``YYYY-MM-DD HH:MM:SS`` without a zone, and UTC is assumed.
Keys come in any order and may be missing; those that aren't known here stay in the raw text.
"""

import json
import re
from collections.abc import Callable
from datetime import date
from enum import IntFlag
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")
# Client VPN was announced in December 2018.
EARLIEST: Final = "2018-01-01 00:00:00"
NOTHING: Final = frozenset({"NA", "-", ""})
MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4: Final = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}", re.ASCII)
IDENTIFIER: Final = re.compile(r"[!-~]{1,64}", re.ASCII)
# A petabyte in one connection is a broken number; sums of thousands of these still fit into PostgreSQL's bigint.
BIGGEST: Final = 10**15
BIGGEST_PORT: Final = 65535
# Bytes in UTF-8: PostgreSQL's indexes hold no more than 2,700, and lower() may lengthen a text by half.
LONGEST: Final = 1024


class EventKind(IntFlag):
    """What kind of event it is; those of a connection together are the union of its events' kinds."""

    SUCCESSFUL = 1
    FAILED = 2
    WAITING = 4
    ASSERTION_RECEIVED = 8
    RESET = 16


ATTEMPTS: Final = {
    "successful": EventKind.SUCCESSFUL,
    "failed": EventKind.FAILED,
    "waiting-for-assertion": EventKind.WAITING,
}


KIND_FIELDS: Final = ("connection-log-type", "connection-attempt-status", "connection-reset-status")


class UnreadableEvent(Exception):
    """``problem`` is a stable id, as in models.UnreadableLine."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class LogEvent(msgspec.Struct, frozen=True, gc=False):
    """Moments are UTC texts that compare as they are; None is the log's ``NA``, a missing key, or a bad value.

    ``kind``: a bit of EventKind. ``left_out``: the fields whose values could not be read.
    """

    connection_id: str
    endpoint_id: str
    at: str
    digest: int
    kind: int
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
    """Raises UnreadableEvent. ``latest``: no event can be newer (``YYYY-MM-DD HH:MM:SS``, UTC)."""
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
        kind=int(event_kind(*map(fields.get, KIND_FIELDS))),
        raw=raw,
        username=reader.text("username"),
        common_name=reader.text("common-name"),
        device_type=reader.text("device-type"),
        device_ip=reader.address("device-ip"),
        port=reader.port("port"),
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
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def digest(raw: bytes) -> int:
    """The first 8 bytes of the BLAKE2b hash, signed as PostgreSQL's bigint is."""
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), signed=True)


def _fields(text: str) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        # It refuses lone surrogates, which json reads. Python itself refuses integers of thousands of digits.
        try:
            fields = json.loads(text, parse_int=_integer)
        except (ValueError, RecursionError) as error:
            raise UnreadableEvent("not-json") from error
    if not isinstance(fields, dict):
        raise UnreadableEvent("not-json")
    return fields


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float(digits)


def event_kind(log_type: object, attempt_status: object, reset_status: object) -> EventKind:
    """Raises UnreadableEvent where AWS has no such event as far as we know."""
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

    def identifier(self, name: str) -> str:
        value = self._fields.get(name)
        if not isinstance(value, str) or value in NOTHING or not IDENTIFIER.fullmatch(value):
            raise UnreadableEvent(name)
        return value

    def text(self, name: str) -> str | None:
        return self._read(name, text_value)

    def moment(self, name: str) -> str | None:
        moment = self._read(name, moment_value)
        if moment is not None and moment > self._latest:
            self.left_out.append(name)
            return None
        return moment

    def address(self, name: str) -> str | None:
        return self._read(name, address_value)

    def number(self, name: str) -> int | None:
        return self._read(name, number_value)

    def port(self, name: str) -> int | None:
        number = self._read(name, number_value)
        if number is not None and number > BIGGEST_PORT:
            self.left_out.append(name)
            return None
        return number

    def _read(self, name: str, convert: Callable[[Any], T | None]) -> T | None:
        value = self._fields.get(name)
        if isinstance(value, str) and len(value) > LONGEST:
            self.left_out.append(name)
            return None
        try:
            return convert(value)
        except (TypeError, ValueError):
            # TypeError: a list or an object, which no cache takes.
            self.left_out.append(name)
            return None


# Names and kinds of device come again and again. ``typed``, because True and 1.0 are equal to 1.
_cached: Final = lru_cache(maxsize=4096, typed=True)


@_cached
def text_value(value: object) -> str | None:
    """None for nothing. Raises TypeError for what is no text, ValueError for what is too long to be kept."""
    if value is None or value in NOTHING:
        return None
    if not isinstance(value, str):
        raise TypeError(value)
    text = storable(value)
    if len(text.encode()) > LONGEST:
        raise ValueError(value)
    return text


def moment_value(value: object) -> str | None:
    """As it is written, which is also how it compares. Raises TypeError or ValueError."""
    if value is None or value in NOTHING:
        return None
    if not isinstance(value, str) or not MOMENT.fullmatch(value) or value < EARLIEST:
        raise ValueError(value)
    date.fromisoformat(value[:10])
    return value


def address_value(value: object) -> str | None:
    """In its canonical form. Raises TypeError or ValueError.

    Without a zone, which PostgreSQL's inet has not; an IPv4 address written as IPv6 is an IPv4 address.
    """
    text = text_value(value)
    # Nearly all are; ip_address() takes ten times as long.
    if text is None or IPV4.fullmatch(text):
        return text
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def number_value(value: object) -> int | None:
    """Written as text, as AWS does, or as a number. Raises TypeError or ValueError."""
    if value is None or value in NOTHING:
        return None
    is_number = type(value) is int or (isinstance(value, str) and value.isascii() and value.isdigit())
    number = int(value) if is_number else -1  # type: ignore[call-overload]
    if not 0 <= number <= BIGGEST:
        raise ValueError(value)
    return int(number)
