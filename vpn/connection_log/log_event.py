"""From the text of one connection-log event to typed values: pure.

Client VPN administrator guide, "Connection logging": one JSON object; every scalar is a string; ``NA`` (and, in
DescribeClientVpnConnections, ``-``) is nothing; times are ``YYYY-MM-DD HH:MM:SS`` without a zone, and UTC is assumed.
Keys come in any order and may be missing; those that aren't known here stay in the raw text.
"""

import json
import re
from collections.abc import Callable
from enum import IntFlag
from hashlib import blake2b
from typing import Any, Final, TypeVar

import msgspec

from vpn.connection_log.policy_evaluation import PolicyEvaluation, read_evaluation
from vpn.connection_log.values import (
    LONGEST,
    NOTHING,
    address_value,
    moment_value,
    number_value,
    storable,
    text_value,
)

T = TypeVar("T")
IDENTIFIER: Final = re.compile(r"[!-~]{1,64}", re.ASCII)
BIGGEST_PORT: Final = 65535


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


# AWS writes this line, in a log stream of its own, when delivery to a log group is set up. It tells of no connection.
PERMISSION_TEST: Final = "Permissions are set correctly to allow AWS CloudWatch Logs to write into your logs"


def is_permission_test(text: str) -> bool:
    return text.startswith(PERMISSION_TEST)


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
    policy: PolicyEvaluation | None = None
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
        policy=reader.policy("authorization-policy-evaluation"),
        left_out=tuple(reader.left_out),
    )


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

    def policy(self, name: str) -> PolicyEvaluation | None:
        return self._read(name, read_evaluation)

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
