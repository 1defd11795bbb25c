"""A search as conditions on Connection: Q objects for everything but people, who are looked up first."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from vpn.connect_attempts.models import ConnectAttempt
from vpn.connection_log.models import FAILURES, Connection, ConnectionStatus
from vpn.connection_log.policy_evaluation import PERIODIC, REFUSED, SHADOW_MODE
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search.conditions import (
    UNKNOWN_VERSION,
    ConnectionSearch,
    Network,
    OutcomeFilter,
    PolicyFilter,
)


def searchable_connections() -> QuerySet[Connection]:
    """Connections and attempts with their ``total_bytes``; first legs of sign-ins never."""
    # The sum as migration 0041 has it in an index
    connections = Connection.objects.alias(total_bytes=F("ingress_bytes") + F("egress_bytes"))
    return connections.exclude(status=ConnectionStatus.SIGN_IN)


def search_filter(search: ConnectionSearch) -> Q:
    """Everything that is asked for but ``words`` and ``person``, for searchable_connections()."""
    return Q(*_conditions(search))


def _conditions(search: ConnectionSearch) -> Iterator[Q]:
    if search.connection_id:
        yield Q(connection_id=search.connection_id)
    else:
        yield Q(at__gte=search.since, at__lt=search.until)
    if search.address:
        yield _within("device_ip", search.address) | _client(search.address)
    if search.device_ip:
        yield _within("device_ip", search.device_ip)
    if search.client_ip:
        yield _client(search.client_ip)
    if search.endpoint_id:
        yield Q(endpoint_id=search.endpoint_id)
    if search.device_type:
        yield Q(device_type=search.device_type)
    if search.outcome:
        yield _outcome(search.outcome)
    if search.reason == UNFINISHED:
        yield _outcome(OutcomeFilter.UNFINISHED)
    elif search.reason:
        # FAILURES too, so that PostgreSQL can use the partial index over failures
        yield Q(status__in=FAILURES, failure_reason=search.reason) & Q(status=ConnectionStatus.FAILED)
    if search.policy:
        yield _policy(search.policy)
    if search.token:
        yield Q(policy_devices__contains=f":{search.token}")
    if search.client_version:
        yield _client_version(search.client_version)
    yield from _bounds(search)


def _outcome(outcome: OutcomeFilter) -> Q:
    match outcome:
        case OutcomeFilter.FAILED:
            return Q(status__in=FAILURES)
        case OutcomeFilter.UNFINISHED:
            # Both, so that PostgreSQL can use the partial index over failures
            return Q(status__in=FAILURES) & Q(status=ConnectionStatus.UNFINISHED)
        case OutcomeFilter.CONNECTED:
            # Both, so that the index over connections without an end is used
            return Q(status=ConnectionStatus.OPEN, ended_at=None)
        case OutcomeFilter.ENDED:
            return Q(status=ConnectionStatus.ENDED)


def _policy(policy: PolicyFilter) -> Q:
    if policy is PolicyFilter.CUT:
        refused = Q(policy_result__in=REFUSED, policy_type=PERIODIC)
        return refused & ~Q(policy_shadow_mode=SHADOW_MODE) & Q(status=ConnectionStatus.ENDED)
    return Q(policy_result=policy.value)


def _client_version(version: str) -> Q:
    """By what the client connect handler logged of the same connection id, if it logged anything."""
    attempts = ConnectAttempt.objects.filter(connection_id=OuterRef("connection_id"))
    if version == UNKNOWN_VERSION:
        return ~Q(Exists(attempts.exclude(client_version="")))
    same = Q(client_version=version) | Q(client_version__startswith=f"{version}.")
    return Q(Exists(attempts.filter(same)))


def _bounds(search: ConnectionSearch) -> Iterator[Q]:
    if search.seconds_from is not None or search.seconds_to is not None:
        # While it is open, the log has no duration but 0.
        yield Q(status=ConnectionStatus.ENDED)
    for lookup, bound in (
        ("duration_seconds__gte", search.seconds_from),
        ("duration_seconds__lte", search.seconds_to),
        ("total_bytes__gte", search.bytes_from),
        ("total_bytes__lte", search.bytes_to),
    ):
        if bound is not None:
            yield Q((lookup, bound))


def _client(network: Network) -> Q:
    return _within("client_ip" if network.version == 4 else "client_ip_v6", network)


def _within(column: str, network: Network) -> Q:
    """As a range, which the index on the column knows: the column holds addresses without a prefix length."""
    if network.prefixlen == network.max_prefixlen:
        return Q((column, str(network.network_address)))
    return Q((f"{column}__range", (str(network.network_address), str(network.broadcast_address))))
