"""From the text of one connection-log event to what PostgreSQL's COPY reads.

AWS writes texts and COPY reads texts: a line whose values are all as they should be is only looked over and handed on.
Any other goes through vpn/connection_log/log_event.py, which takes about twice as long. All of this is done by the
threads that read, while another waits for PostgreSQL.
"""

import re
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

import msgspec

from vpn.connection_log.log_event import (
    EARLIEST,
    MOMENT,
    LogEvent,
    UnreadableEvent,
    canonical_address,
    digest,
    is_date,
    kind_of,
)

# What COPY takes for NULL is what AWS writes for nothing.
NOTHING: Final = "NA"
ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


# PostgreSQL's documentation of COPY, "Binary Format": the number of fields, and before each its length. A timestamptz
# is microseconds since 2000.
FIRST: Final = Struct(">hi")
OTHERS: Final = Struct(">iqiqi")
EPOCH: Final = datetime(2000, 1, 1)  # noqa: DTZ001 (all are UTC)


class LogRow(NamedTuple):
    """``at`` and ``started_at`` are UTC texts, or NOTHING.

    ``event``: connection id, moment, digest and raw text in COPY's binary format; as text, PostgreSQL would look for a
    backslash in each. ``copied``: the values of the columns COLUMNS in COPY's text format, a line.
    """

    connection_id: str
    at: str
    digest: int
    started_at: str
    event: bytes
    copied: bytes


class _Line(msgspec.Struct, rename="kebab", gc=False):
    """Values that are all texts, as AWS documents them; keys that aren't named here are passed over."""

    connection_log_type: str = NOTHING
    connection_attempt_status: str = NOTHING
    connection_last_update_time: str = NOTHING
    connection_reset_status: str = NOTHING
    connection_attempt_failure_reason: str = NOTHING
    connection_id: str = NOTHING
    client_vpn_endpoint_id: str = NOTHING
    username: str = NOTHING
    common_name: str = NOTHING
    device_type: str = NOTHING
    device_ip: str = NOTHING
    port: str = NOTHING
    transport_protocol: str = NOTHING
    client_ip: str = NOTHING
    client_ip_v6: str = NOTHING
    connection_start_time: str = NOTHING
    connection_end_time: str = NOTHING
    connection_duration_seconds: str = NOTHING
    ingress_bytes: str = NOTHING
    egress_bytes: str = NOTHING
    ingress_packets: str = NOTHING
    egress_packets: str = NOTHING


# Of _Line, those from connection_last_update_time on, and what makes their values such as they should be. A text of two
# to 256 characters is neither ``-`` nor empty, nor has it more bytes than are kept.
_TEXT: Final = r"[^\t\n\r\0\\]{2,256}"
_IDENTIFIER: Final = r"[!-\[\]-~]{3,64}"
_ADDRESS: Final = r"(?:NA|[0-9a-f.:]{2,45})"
_COUNT: Final = r"(?:0|[1-9][0-9]{0,14})"
_PATTERNS: Final = {
    "at": MOMENT,
    "reset_status": _TEXT,
    "failure_reason": _TEXT,
    "connection_id": _IDENTIFIER,
    "endpoint_id": _IDENTIFIER,
    "username": _TEXT,
    "common_name": _TEXT,
    "device_type": _TEXT,
    "device_ip": _ADDRESS,
    "port": r"(?:NA|0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])",
    "transport_protocol": _TEXT,
    "client_ip": _ADDRESS,
    "client_ip_v6": _ADDRESS,
    "started_at": rf"(?:NA|{MOMENT})",
    "ended_at": rf"(?:NA|{MOMENT})",
    "duration_seconds": rf"(?:NA|{_COUNT})",
    "ingress_bytes": _COUNT,
    "egress_bytes": _COUNT,
    "ingress_packets": _COUNT,
    "egress_packets": _COUNT,
}
NOT_COPIED: Final = 2
COLUMNS: Final = ("digest", "kind", *_PATTERNS)

_decode: Final = msgspec.json.Decoder(_Line).decode
_is_regular: Final = re.compile("\t".join(_PATTERNS.values())).fullmatch


def regular(text: str, *, latest: str) -> LogRow | None:
    """The same as ``row_of(parse(text))``, or None where something in it must be looked at closely."""
    try:
        line, raw = _decode(text), text.encode()
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return None
    values = "\t".join(msgspec.structs.astuple(line)[NOT_COPIED:])
    kind = _kind(line.connection_log_type, line.connection_attempt_status, line.connection_reset_status)
    at, started_at = line.connection_last_update_time, line.connection_start_time
    if not (
        kind
        and _is_regular(values)
        and _can_be(at, latest)
        and (started_at == NOTHING or _can_be(started_at, latest))
        and (line.connection_end_time == NOTHING or _can_be(line.connection_end_time, latest))
        and _is_canonical(line.device_ip)
        and _is_canonical(line.client_ip)
        and _is_canonical(line.client_ip_v6)
        and b"\0" not in raw
    ):
        return None
    return _row(line.connection_id, at, started_at, raw, f"{kind}\t{values}")


@lru_cache
def _kind(*said: str) -> str:
    """As a number; empty where it is none that we know."""
    try:
        return f"{kind_of(*said):d}"
    except UnreadableEvent:
        return ""


def _can_be(moment: str, latest: str) -> bool:
    return EARLIEST <= moment <= latest and is_date(moment[:10])


@lru_cache(maxsize=65_536)
def _is_canonical(text: str) -> bool:
    return text == NOTHING or canonical_address(text) == text


def row_of(event: LogEvent) -> LogRow:
    values = (getattr(event, column) for column in COLUMNS[1:])
    copied = "\t".join(NOTHING if value is None else str(value).translate(ESCAPES) for value in values)
    return _row(event.connection_id, event.at, event.started_at or NOTHING, event.raw.encode(), copied)


def _row(connection_id: str, at: str, started_at: str, raw: bytes, values: str) -> LogRow:
    """``values``: of COLUMNS but the digest."""
    number, name = digest(raw), connection_id.encode()
    event = b"".join(
        (
            FIRST.pack(4, len(name)),
            name,
            OTHERS.pack(8, _microseconds(at), 8, number, len(raw)),
            raw,
        )
    )
    return LogRow(connection_id, at, number, started_at, event, f"{number}\t{values}\n".encode())


def _microseconds(text: str) -> int:
    passed = datetime.fromisoformat(text) - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000
