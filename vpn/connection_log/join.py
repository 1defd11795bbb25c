"""From the events of the connection log to connections: the only implementation, without input or output.

Each field of a connection is the least, the greatest or the union of what its events have there. So the order in which
events arrive, and how often, makes no difference; where two events of a connection disagree about a name or an address,
the greater value stands. What a connection is beside others (a sign-in that led to something, a VPN address that has a
new holder, a session that is longer than AWS allows) is decided by vpn/connection_log/neighbours.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import attrgetter
from typing import Any, Final

import msgspec

from vpn.connection_log.log_event import EventKind, LogEvent
from vpn.connection_log.models import ConnectionStatus

# Plain numbers: the operators of IntFlag cost more than all else here.
SUCCESSFUL: Final = int(EventKind.SUCCESSFUL)
FAILED: Final = int(EventKind.FAILED)
WAITING: Final = int(EventKind.WAITING)
ASSERTION_RECEIVED: Final = int(EventKind.ASSERTION_RECEIVED)
RESET: Final = int(EventKind.RESET)
CONNECTED: Final = frozenset({ConnectionStatus.OPEN.value, ConnectionStatus.ENDED.value})
FIRST_LEG: Final = WAITING | ASSERTION_RECEIVED


class JoinedConnection(msgspec.Struct, frozen=True, gc=False):
    """A row of ``vpn_connection`` with the username instead of the user's id; the fields are those of Connection."""

    at: datetime
    connection_id: str
    endpoint_id: str
    status: str
    seen: int
    username: str | None
    common_name: str | None
    device_type: str | None
    device_ip: str | None
    port: int | None
    transport_protocol: str | None
    client_ip: str | None
    client_ip_v6: str | None
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None
    latest_end_at: datetime | None
    duration_seconds: int | None
    ingress_bytes: int
    egress_bytes: int
    ingress_packets: int
    egress_packets: int
    failure_reason: str | None
    reset_status: str | None
    policy_result: str | None = None
    policy_type: str | None = None
    policy_shadow_mode: str | None = None
    policy_reason: str | None = None
    policy_devices: str | None = None

    @property
    def is_connection(self) -> bool:
        """Whether it came about: no failed attempt and no first leg of a sign-in."""
        return self.status in CONNECTED


# Of these a connection has the greatest value of its events. Two events hardly ever disagree; which value counts then
# must only not depend on their order.
GREATEST: Final = (
    "endpoint_id",
    "username",
    "common_name",
    "device_type",
    "device_ip",
    "port",
    "transport_protocol",
    "client_ip",
    "client_ip_v6",
    "ingress_bytes",
    "egress_bytes",
    "ingress_packets",
    "egress_packets",
    "failure_reason",
    "reset_status",
)
_greatest_values: Final = attrgetter(*GREATEST)


def join_events(events: Sequence[LogEvent]) -> JoinedConnection:
    """``events``: those of one connection id, in any order, at least one. OPEN: no end of it was logged."""
    seen = 0
    for event in events:
        seen |= event.kind
    # Start, end and duration of a first leg are not those of the connection, even where both have the same id. AWS
    # shows no example of a first leg: it may log a start and a duration of its own.
    own = [event for event in events if not event.kind & FIRST_LEG]
    values = dict(zip(GREATEST, _greatest(map(_greatest_values, events)), strict=True))
    values["username"] = values["username"] or values["common_name"]
    started_at = min((event.started_at for event in own if event.started_at), default=None)
    reset_at = max((event.ended_at or event.at for event in own if event.kind == RESET), default=None)
    has_address = bool(values["client_ip"] or values["client_ip_v6"])
    status = _status(seen, started_at, reset_at, has_address=has_address)
    start, reset = _moment(started_at), _moment(reset_at)
    return JoinedConnection(
        at=start or _required_moment(min(map(_beginning, events))),
        connection_id=events[0].connection_id,
        status=status,
        seen=seen,
        started_at=start,
        updated_at=_required_moment(max(event.at for event in events)),
        # A reset from before the beginning of an open connection was that of a first leg with the same id.
        ended_at=None if status == ConnectionStatus.OPEN else reset,
        latest_end_at=None,
        duration_seconds=_duration(own, status, start, reset),
        **values,
        **_policy(events),
    )


def _policy(events: Sequence[LogEvent]) -> dict[str, Any]:
    """The newest evaluation: what a policy said at the attempt is overtaken by what it said at the end."""
    evaluated = [event for event in events if event.policy]
    if not evaluated:
        return {}
    newest = max(evaluated, key=lambda event: (event.at, event.kind, event.digest))
    return msgspec.structs.asdict(newest.policy) if newest.policy else {}


def _greatest(rows: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Of each column the greatest value that isn't None."""
    return reduce(_greater, rows)


def _greater(row: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        [a if b is None or (a is not None and a >= b) else b for a, b in zip(row, other, strict=True)]
    )


def join_by_connection(events: Iterable[LogEvent]) -> list[JoinedConnection]:
    """Events of many connections, in any order and any number of times."""
    by_connection: dict[str, list[LogEvent]] = defaultdict(list)
    for event in events:
        by_connection[event.connection_id].append(event)
    return [join_events(of_connection) for of_connection in by_connection.values()]


def _status(seen: int, started_at: str | None, reset_at: str | None, *, has_address: bool) -> str:
    """Before it is known what lies around it. A reset after a first leg ends a connection only if it had an address."""
    if seen & SUCCESSFUL:
        is_over = reset_at and (started_at is None or reset_at >= started_at or not seen & FIRST_LEG)
        return ConnectionStatus.ENDED.value if is_over else ConnectionStatus.OPEN.value
    if seen & FAILED:
        return ConnectionStatus.FAILED.value
    if seen & FIRST_LEG and not (seen & RESET and has_address):
        return ConnectionStatus.UNFINISHED.value
    return ConnectionStatus.ENDED.value


def _duration(own: list[LogEvent], status: str, start: datetime | None, end: datetime | None) -> int | None:
    """Seconds. None while it is open: until the reset, AWS logs 0."""
    if status == ConnectionStatus.OPEN:
        return None
    if start and end:
        return max(int((end - start).total_seconds()), 0)
    return max((event.duration_seconds for event in own if event.duration_seconds is not None), default=None)


def _beginning(event: LogEvent) -> str:
    if event.kind & FIRST_LEG and event.started_at:
        return min(event.at, event.started_at)
    return event.at


def _moment(text: str | None) -> datetime | None:
    return _required_moment(text) if text else None


def _required_moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
