"""Writing the connection log: events once, and for each connection what its events say together.

A connection is joined anew from all of its events whenever one comes. So the order in which events arrive, and how
often, makes no difference. An id names one connection, however far apart its events lie.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.connection_log import partitions, rows, tallies
from vpn.connection_log.join import JoinedConnection, join_by_connection
from vpn.connection_log.log_event import LogEvent, parse
from vpn.connection_log.models import LONGEST_SESSION, LONGEST_SIGN_IN
from vpn.connection_log.neighbours import (
    Place,
    decide_statuses,
    decisive_facts,
    device_place,
    has_no_end,
    is_leg,
    vpn_place,
)
from vpn.connection_log.rows import NearbyRows, rows_near

# Years after any event: what is stored was accepted when it came.
ANY_TIME: Final = "9999-12-31 23:59:59"
CLOSED_AT_ONCE: Final = 5_000

# By neighbours.decide_statuses(): who decides about a row.
OUTCOMES_AFTER: Final = NearbyRows("device_ip", LONGEST_SIGN_IN)
CONNECTED: Final = "row.status IN ('open', 'ended')"


@dataclass(frozen=True)
class StoredBatch:
    """``events``: those that had not been stored before."""

    events: int


def store(events: Iterable[LogEvent], *, now: datetime) -> StoredBatch:
    """Store a batch, in one transaction. Harmless for events that are stored already."""
    incoming = {(event.connection_id, event.at, event.digest): event for event in events}
    if not incoming:
        return StoredBatch(0)
    with transaction.atomic():
        _lock()
        stored = _stored_events({event.connection_id for event in incoming.values()})
        fresh = [event for key, event in incoming.items() if key not in stored]
        if fresh:
            partitions.ensure({date.fromisoformat(f"{event.at[:7]}-01") for event in fresh})
            rows.insert_events(fresh)
            touched = {event.connection_id for event in fresh}
            events_of_touched = [event for event in stored.values() if event.connection_id in touched]
            _replace(join_by_connection([*events_of_touched, *fresh]), now)
    return StoredBatch(len(fresh))


def close_overdue(*, now: datetime) -> int:
    """Write down that connections are over which began LONGEST_SESSION ago and whose end is not in the log; how many.

    Harmless at any time. A real end that is logged later still wins: the connection is then joined anew.
    """
    closed = 0
    while True:
        with transaction.atomic():
            _lock()
            overdue = rows.overdue_connections(now - LONGEST_SESSION, limit=CLOSED_AT_ONCE)
            if overdue:
                _replace(overdue, now)
        closed += len(overdue)
        if len(overdue) < CLOSED_AT_ONCE:
            return closed


def _lock() -> None:
    """One batch is written at a time: uniqueness of connection ids across partitions rests on it."""
    lock_for_transaction(AdvisoryLock.CONNECTION_LOG)
    rows.prepare()


def _stored_events(connection_ids: set[str]) -> dict[tuple[str, str, int], LogEvent]:
    """All events of these connections, whenever they happened."""
    events = (parse(raw, latest=ANY_TIME) for *_key, raw in rows.stored_events(connection_ids))
    return {(event.connection_id, event.at, event.digest): event for event in events}


def _replace(joined: list[JoinedConnection], now: datetime) -> None:
    """Write these connections, and the others whose status follows from them."""
    before = rows.known_connections({row.connection_id for row in joined})
    rows.delete_connections(before)
    dependent = _dependent_rows(before, joined)
    deciding = _deciding_rows([*joined, *dependent])
    among = {row.connection_id: row for row in [*deciding, *dependent, *joined]}
    after = decide_statuses([*joined, *dependent], among.values(), now=now)
    unchanged = {id(row) for row in dependent} & {id(row) for row in after}
    changed = [row for row in dependent if id(row) not in unchanged]
    after = [row for row in after if id(row) not in unchanged]
    rows.delete_connections(changed)
    partitions.ensure({row.at.date().replace(day=1) for row in after})
    before += changed
    user_ids = tallies.add_users([*before, *after])
    rows.insert_connections(after, user_ids)
    tallies.count_changes(before, after, user_ids)


def _dependent_rows(before: list[JoinedConnection], joined: list[JoinedConnection]) -> list[JoinedConnection]:
    """Rows of the database whose status may follow from where ``joined`` are now, or from where they were.

    Most often all that has come of a connection is its end, on which no other depends.
    """
    known = {row.connection_id: row for row in before}
    moved = []
    for row in joined:
        old = known.get(row.connection_id)
        if old is None:
            moved.append(row)
        elif decisive_facts(old) != decisive_facts(row):
            moved += [old, row]
    if not moved:
        return []
    moments = [row.at for row in moved]
    devices, addresses = {device_place(row) for row in moved}, {vpn_place(row) for row in moved}
    legs = [row for row in rows.legs_before(moments) if device_place(row) in devices]
    no_end = rows.connections_without_end(min(moments) - LONGEST_SESSION, max(moments))
    return legs + [row for row in no_end if vpn_place(row) in addresses]


def _deciding_rows(undecided: list[JoinedConnection]) -> list[JoinedConnection]:
    """Rows of the database from which the status of ``undecided`` follows."""
    deciding = rows_near(_moments(filter(is_leg, undecided), device_place), OUTCOMES_AFTER)
    for column, holders in _by_column(filter(has_no_end, undecided)):
        deciding += rows_near(holders, NearbyRows(column, LONGEST_SESSION, CONNECTED))
    return deciding


def _by_column(connections: Iterable[JoinedConnection]) -> Iterator[tuple[str, list[tuple[Place, datetime]]]]:
    """VPN addresses, by the column that holds them."""
    moments = _moments(connections, vpn_place)
    yield "client_ip", [moment for moment in moments if ":" not in moment[0].address]
    yield "client_ip_v6", [moment for moment in moments if ":" in moment[0].address]


def _moments(
    connections: Iterable[JoinedConnection], place_of: Callable[[JoinedConnection], Place | None]
) -> list[tuple[Place, datetime]]:
    return [
        (place, connection.at) for connection in connections if (place := place_of(connection)) is not None
    ]
