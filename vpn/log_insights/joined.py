"""From events to connections, without the database: what vpn/connection_log/statements.py does in SQL. Pure.

Each column takes the least, the greatest or the union, so the order of events makes no difference.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

from portal.text import normalize
from vpn.connection_log.log_event import EventKind, LogEvent
from vpn.connection_log.models import LONGEST_SIGN_IN, Connection, ConnectionStatus, ConnectionUser
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search.conditions import LONGEST_SESSION, ConnectionSearch, Network, OutcomeFilter
from vpn.connection_log.search.people import is_typed_so

FIRST_LEG: Final = EventKind.WAITING | EventKind.ASSERTION_RECEIVED
GREATEST: Final = (
    "endpoint_id",
    "common_name",
    "device_type",
    "port",
    "transport_protocol",
    "ingress_bytes",
    "egress_bytes",
    "ingress_packets",
    "egress_packets",
    "failure_reason",
    "reset_status",
)


@dataclass(frozen=True)
class JoinedConnection:
    """``row`` isn't saved, and its ``user`` neither."""

    row: Connection
    events: list[LogEvent]

    @property
    def username(self) -> str:
        return self.row.user.username if self.row.user else ""


def join(events: Iterable[LogEvent]) -> list[JoinedConnection]:
    """Connections and attempts, newest first; first legs of sign-ins that led to something are left out."""
    by_connection: dict[str, dict[tuple[str, int], LogEvent]] = defaultdict(dict)
    for event in events:
        by_connection[event.connection_id][event.at, event.digest] = event
    found = [_join(list(of_one.values())) for of_one in by_connection.values()]
    left = _without_settled(found)
    return sorted(left, key=lambda one: (one.row.at, one.row.connection_id), reverse=True)


def _join(events: list[LogEvent]) -> JoinedConnection:
    events.sort(key=lambda event: (event.at, event.digest))
    seen = EventKind(0)
    for event in events:
        seen |= event.kind | (EventKind.NAMED if event.username else 0)
    started_at = _moment(_least(event.started_at for event in events if not event.kind & FIRST_LEG))
    ended_at = _moment(
        _greatest(event.ended_at or event.at for event in events if event.kind == EventKind.RESET)
    )
    username = _greatest(event.username for event in events)
    username = username or _greatest(event.common_name for event in events)
    logged = _greatest(event.duration_seconds for event in events if not event.kind & FIRST_LEG)
    row = Connection(
        at=started_at or _moment(_least(_beginning(event) for event in events)),
        connection_id=events[0].connection_id,
        seen=int(seen),
        user=ConnectionUser(username=username) if username else None,
        device_ip=_greatest((event.device_ip for event in events), key=ip_key),
        client_ip=_greatest((event.client_ip for event in events), key=ip_key),
        client_ip_v6=_greatest((event.client_ip_v6 for event in events), key=ip_key),
        started_at=started_at,
        updated_at=_moment(events[-1].at),
        ended_at=ended_at,
        duration_seconds=max(int((ended_at - started_at).total_seconds()), 0)
        if ended_at and started_at
        else logged,
        **{name: _greatest(getattr(event, name) for event in events) for name in GREATEST},
    )
    row.status = _status(row, seen)
    return JoinedConnection(row, events)


def _beginning(event: LogEvent) -> str:
    return min(event.at, event.started_at or event.at) if event.kind & FIRST_LEG else event.at


def _status(row: Connection, seen: EventKind) -> ConnectionStatus:
    if seen & EventKind.SUCCESSFUL:
        is_over = row.ended_at and (
            row.started_at is None or row.ended_at >= row.started_at or not seen & FIRST_LEG
        )
        return ConnectionStatus.ENDED if is_over else ConnectionStatus.OPEN
    if seen & EventKind.FAILED:
        return ConnectionStatus.FAILED
    was_connected = seen & EventKind.RESET and (row.client_ip or row.client_ip_v6)
    return ConnectionStatus.UNFINISHED if seen & FIRST_LEG and not was_connected else ConnectionStatus.ENDED


def _without_settled(found: list[JoinedConnection]) -> list[JoinedConnection]:
    """A first leg led to something if the same device has an outcome at the same endpoint soon after."""
    around: dict[tuple[str | None, str], list[Connection]] = defaultdict(list)
    for one in found:
        around[one.row.device_ip, one.row.endpoint_id].append(one.row)
    return [one for one in found if not _is_settled(one.row, around[one.row.device_ip, one.row.endpoint_id])]


def _is_settled(leg: Connection, others: list[Connection]) -> bool:
    """Where the log doesn't say that the assertion was received, only the last leg before the outcome did."""
    if leg.status != ConnectionStatus.UNFINISHED or leg.device_ip is None:
        return False
    same = [one for one in others if _is_same(one.device_type, leg.device_type)]
    outcomes = [
        one.at
        for one in same
        if one.status != ConnectionStatus.UNFINISHED
        and not one.seen & EventKind.WAITING
        and leg.at <= one.at <= leg.at + LONGEST_SIGN_IN
    ]
    if leg.seen & EventKind.ASSERTION_RECEIVED:
        return bool(outcomes)
    legs = [one.at for one in same if one.status == ConnectionStatus.UNFINISHED and one.at > leg.at]
    return any(not any(later <= outcome for later in legs) for outcome in outcomes)


def _is_same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def matches(
    one: JoinedConnection, search: ConnectionSearch, *, people: Mapping[str, set[str]], now: datetime
) -> bool:
    """What vpn.connection_log.search.queries.matching() says of stored ones.

    ``people``: for each word, the lower-case usernames of portal people in whose name or e-mail address it is found.
    """
    row = one.row
    if search.connection_id:
        in_range = row.connection_id == search.connection_id
    else:
        in_range = search.since <= row.at < search.until
    client = row.client_ip if search.client_ip is None or search.client_ip.version == 4 else row.client_ip_v6
    return (
        in_range
        and (not search.words or _has_words(one.username, search.words, people))
        and (not search.person or is_typed_so(one.username, search.person))
        and (search.address is None or _in_either(row, search.address))
        and (search.device_ip is None or _is_within(row.device_ip, search.device_ip))
        and (search.client_ip is None or _is_within(client, search.client_ip))
        and search.endpoint_id in {"", row.endpoint_id}
        and search.device_type in {"", row.device_type}
        and _has_outcome(row, search, now)
        and _has_amounts(row, search)
    )


def _has_words(username: str, words: tuple[str, ...], people: Mapping[str, set[str]]) -> bool:
    text = normalize(username).lower()
    return bool(username) and all(
        normalize(word).lower() in text or username.lower() in people[word] for word in words
    )


def _in_either(row: Connection, network: Network) -> bool:
    client = row.client_ip if network.version == 4 else row.client_ip_v6
    return _is_within(row.device_ip, network) or _is_within(client, network)


def _is_within(address: str | None, network: Network) -> bool:
    if address is None:
        return False
    parsed = ip_address(address)
    return parsed.version == network.version and parsed in network


def _has_outcome(row: Connection, search: ConnectionSearch, now: datetime) -> bool:
    connected = row.status == ConnectionStatus.OPEN and row.at >= now - LONGEST_SESSION
    if search.reason == UNFINISHED and row.status != ConnectionStatus.UNFINISHED:
        return False
    failed_so = row.status == ConnectionStatus.FAILED and row.failure_reason == search.reason
    if search.reason not in {"", UNFINISHED} and not failed_so:
        return False
    match search.outcome:
        case OutcomeFilter.CONNECTED:
            return connected
        case OutcomeFilter.ENDED:
            return row.status in {ConnectionStatus.OPEN, ConnectionStatus.ENDED} and not connected
        case OutcomeFilter.FAILED:
            return row.status in {ConnectionStatus.FAILED, ConnectionStatus.UNFINISHED}
        case OutcomeFilter.UNFINISHED:
            return row.status == ConnectionStatus.UNFINISHED
    return True


def _has_amounts(row: Connection, search: ConnectionSearch) -> bool:
    total = row.ingress_bytes + row.egress_bytes
    if search.seconds_from is not None or search.seconds_to is not None:
        if row.status != ConnectionStatus.ENDED or row.duration_seconds is None:
            return False
        if not _between(row.duration_seconds, search.seconds_from, search.seconds_to):
            return False
    return _between(total, search.bytes_from, search.bytes_to)


def _between(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def ip_key(address: str) -> tuple[int, int]:
    parsed = ip_address(address)
    return parsed.version, int(parsed)


def _greatest(values: Iterable[Any], key: Callable[[Any], Any] | None = None) -> Any:
    return max((value for value in values if value is not None), key=key, default=None)


def _least(values: Iterable[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)


def _moment(text: str | None) -> Any:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
