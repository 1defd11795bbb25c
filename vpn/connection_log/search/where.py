"""A search as conditions on the columns of ``vpn_connection``: SQL, and parameters that are never part of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from vpn.connection_log.models import ConnectionStatus
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search.conditions import ConnectionSearch, Network, OutcomeFilter

# As the index over failures has it
FAILURES: Final = f"status IN ('{ConnectionStatus.FAILED}', '{ConnectionStatus.UNFINISHED}')"
UNFINISHED_ONLY: Final = f"status = '{ConnectionStatus.UNFINISHED}'"
CONNECTED: Final = f"status IN ('{ConnectionStatus.OPEN}', '{ConnectionStatus.ENDED}')"
BYTES: Final = "(ingress_bytes + egress_bytes)"

Condition = tuple[str, list[Any]]


@dataclass(frozen=True)
class WhereClause:
    """What all must hold; ``params`` in the order of the SQL."""

    sql: str
    params: tuple[Any, ...]

    def also(self, sql: str, *params: Any) -> "WhereClause":
        return WhereClause(f"{self.sql} AND {sql}", (*self.params, *params))


def where(search: ConnectionSearch) -> WhereClause:
    """All that is asked for but people; first legs of sign-ins never."""
    conditions = list(_conditions(search))
    return WhereClause(
        " AND ".join(sql for sql, _params in conditions),
        tuple(param for _sql, params in conditions for param in params),
    )


def _conditions(search: ConnectionSearch) -> Iterator[Condition]:
    yield f"status <> '{ConnectionStatus.SIGN_IN}'", []
    if search.connection_id:
        yield "connection_id = %s", [search.connection_id]
    else:
        yield "at >= %s AND at < %s", [search.since, search.until]
    if search.address:
        source, params = _within("device_ip", search.address)
        client, client_params = _client(search.address)
        yield f"({source} OR {client})", [*params, *client_params]
    if search.device_ip:
        yield _within("device_ip", search.device_ip)
    if search.client_ip:
        yield _client(search.client_ip)
    if search.endpoint_id:
        yield "endpoint_id = %s", [search.endpoint_id]
    if search.device_type:
        yield "device_type = %s", [search.device_type]
    if search.outcome:
        yield _outcome(search.outcome)
    if search.reason == UNFINISHED:
        yield UNFINISHED_ONLY, []
    elif search.reason:
        yield f"status = '{ConnectionStatus.FAILED}' AND failure_reason = %s", [search.reason]
    yield from _amounts(search)


def _outcome(outcome: OutcomeFilter) -> Condition:
    match outcome:
        case OutcomeFilter.FAILED:
            return FAILURES, []
        case OutcomeFilter.UNFINISHED:
            # Both, so that the index over failures is used
            return f"{FAILURES} AND {UNFINISHED_ONLY}", []
        case OutcomeFilter.CONNECTED:
            return f"status = '{ConnectionStatus.OPEN}'", []
        case OutcomeFilter.ENDED:
            return f"status = '{ConnectionStatus.ENDED}'", []


def _amounts(search: ConnectionSearch) -> Iterator[Condition]:
    if search.seconds_from is not None or search.seconds_to is not None:
        # While it is open, the log has no duration but 0.
        yield f"status = '{ConnectionStatus.ENDED}'", []
    for column, sign, bound in (
        ("duration_seconds", ">=", search.seconds_from),
        ("duration_seconds", "<=", search.seconds_to),
        (BYTES, ">=", search.bytes_from),
        (BYTES, "<=", search.bytes_to),
    ):
        if bound is not None:
            yield f"{column} {sign} %s", [bound]


def _client(network: Network) -> Condition:
    return _within("client_ip" if network.version == 4 else "client_ip_v6", network)


def _within(column: str, network: Network) -> Condition:
    """As a range, which the index on the column knows: the column holds addresses without a prefix length."""
    if network.prefixlen == network.max_prefixlen:
        return f"{column} = %s", [str(network.network_address)]
    return f"{column} BETWEEN %s AND %s", [str(network.network_address), str(network.broadcast_address)]
