"""What a connection is beside others: pure.

Three rules need more than the connection's own events. Each looks forward only, within a bounded span, so that whoever
stores a connection knows which others it may change, and which ones decide:

* A first leg led to something if the same device has an outcome at the same endpoint within LONGEST_SIGN_IN.
* A VPN address of an endpoint is one connection's at a time: an open connection whose address has a new holder is over.
* An open connection that began LONGEST_SESSION ago is over: AWS lets no session last longer.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from vpn.connection_log.join import ASSERTION_RECEIVED, WAITING, JoinedConnection, join_by_connection
from vpn.connection_log.log_event import LogEvent
from vpn.connection_log.models import LONGEST_SESSION, LONGEST_SIGN_IN, ConnectionStatus

LEGS: Final = frozenset({ConnectionStatus.UNFINISHED.value, ConnectionStatus.SIGN_IN.value})


class Place(NamedTuple):
    """An address (the device's, or one within the VPN) at an endpoint."""

    endpoint_id: str
    address: str


def device_place(connection: JoinedConnection) -> Place | None:
    return Place(connection.endpoint_id, connection.device_ip) if connection.device_ip else None


def vpn_place(connection: JoinedConnection) -> Place | None:
    """None as well for what is no connection. In a dual-stack endpoint the IPv4 address stands for both."""
    address = connection.client_ip or connection.client_ip_v6
    return Place(connection.endpoint_id, address) if address and connection.is_connection else None


def is_leg(connection: JoinedConnection) -> bool:
    return connection.status in LEGS


def has_no_end(connection: JoinedConnection) -> bool:
    """No end of it is in the log, whether it is over or not."""
    return connection.is_connection and connection.ended_at is None


def decisive_facts(connection: JoinedConnection) -> tuple[object, ...]:
    """All of a connection that the status of others may depend on."""
    return (
        connection.at,
        device_place(connection),
        vpn_place(connection),
        connection.device_type,
        connection.seen & WAITING,
        is_leg(connection),
    )


def join_log(events: Iterable[LogEvent], *, now: datetime) -> list[JoinedConnection]:
    """Connections, attempts and first legs as they would be stored if ``events`` were the whole log."""
    rows = join_by_connection(events)
    return decide_statuses(rows, rows, now=now)


def decide_statuses(
    connections: Iterable[JoinedConnection], among: Iterable[JoinedConnection], *, now: datetime
) -> list[JoinedConnection]:
    """``connections`` with the status that follows from ``among``, which holds them and all that decide about them."""
    by_device: dict[Place, list[JoinedConnection]] = defaultdict(list)
    by_address: dict[Place, list[JoinedConnection]] = defaultdict(list)
    for other in among:
        if place := device_place(other):
            by_device[place].append(other)
        if place := vpn_place(other):
            by_address[place].append(other)
    return [_decided(connection, by_device, by_address, now) for connection in connections]


def _decided(
    connection: JoinedConnection,
    by_device: dict[Place, list[JoinedConnection]],
    by_address: dict[Place, list[JoinedConnection]],
    now: datetime,
) -> JoinedConnection:
    if is_leg(connection):
        place = device_place(connection)
        led_somewhere = place is not None and _led_somewhere(connection, by_device[place])
        status = ConnectionStatus.SIGN_IN if led_somewhere else ConnectionStatus.UNFINISHED
        return _with(connection, status.value, None)
    if has_no_end(connection):
        place = vpn_place(connection)
        latest_end_at = _latest_end(connection, by_address[place] if place else [], now)
        status = ConnectionStatus.ENDED if latest_end_at else ConnectionStatus.OPEN
        return _with(connection, status.value, latest_end_at)
    return connection


def _with(connection: JoinedConnection, status: str, latest_end_at: datetime | None) -> JoinedConnection:
    if (connection.status, connection.latest_end_at) == (status, latest_end_at):
        return connection
    return msgspec.structs.replace(connection, status=status, latest_end_at=latest_end_at)


def _led_somewhere(leg: JoinedConnection, others: list[JoinedConnection]) -> bool:
    """Where the log doesn't say that the assertion was received, only the last leg before an outcome led to it.

    People behind one address sign in at the same time, and one person tries several times. What was waited for under
    its own id is nobody else's outcome.
    """
    same = [other for other in others if _may_be_same(other.device_type, leg.device_type)]
    outcomes = [
        other.at
        for other in same
        if not is_leg(other) and not other.seen & WAITING and leg.at <= other.at <= leg.at + LONGEST_SIGN_IN
    ]
    if leg.seen & ASSERTION_RECEIVED:
        return bool(outcomes)
    later = [other.at for other in same if is_leg(other) and other.at > leg.at]
    return any(not any(at <= outcome for at in later) for outcome in outcomes)


def _may_be_same(device_type: str | None, other: str | None) -> bool:
    """A device whose type isn't in the log may be any."""
    return device_type is None or other is None or device_type == other


def _latest_end(
    connection: JoinedConnection, holders: list[JoinedConnection], now: datetime
) -> datetime | None:
    """By when it had ended at the latest; None while it may be open.

    A holder that began before the connection's newest event took nothing over: the log contradicts itself there.
    """
    longest = connection.at + LONGEST_SESSION
    later = (
        holder.at
        for holder in holders
        if connection.at < holder.at <= longest and holder.at >= connection.updated_at
    )
    next_holder_at = min(later, default=None)
    if next_holder_at is not None:
        return next_holder_at
    return longest if now >= longest else None
