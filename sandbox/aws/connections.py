"""Connections: DescribeClientVpnConnections, TerminateClientVpnConnections, and how they begin and end.

The control API calls ``connect``, ``count`` and ``end`` with the world's lock held; each beginning and end goes
to the connection log. AWS lists an ended one for 60 minutes.
Whether AWS fills Username for SAML isn't documented: ``world.saml_usernames`` switches it.
"""

from collections.abc import Callable, Collection, Iterator
from ipaddress import ip_network
from itertools import islice
from typing import Any, Final

from sandbox.aws import connection_log, metrics
from sandbox.aws.attempts import authenticate, new_connection, refuse
from sandbox.aws.authentication import DIRECTORY, FEDERATED
from sandbox.aws.call import Call
from sandbox.aws.connection_log import FAILED, POLICY_DENY
from sandbox.aws.errors import AwsError, RefusedByHandler, combination
from sandbox.aws.identifiers import connection_time
from sandbox.aws.log_delivery import publish
from sandbox.aws.paging import filtered, page
from sandbox.aws.policy_evaluation import ATTEMPT, evaluate, is_refused
from sandbox.aws.records import Caller, Connection, Endpoint, HandlerRefusal
from sandbox.aws.states import moving, settled
from sandbox.aws.world import Region, World

# EC2 API reference, TerminateClientVpnConnections: Username works for up to five connections.
TERMINATIONS_BY_NAME: Final = 5


def connect(
    world: World,
    region: Region,
    endpoint: Endpoint,
    caller: Caller,
    *,
    first_leg: str = "",
    ask: Callable[[str], HandlerRefusal | None] = lambda _connection_id: None,
    at: float,
) -> Connection:
    """A new active connection; ``first_leg`` is the attempt whose browser has now signed in.

    ``ask``: the client connect handler, about the connection of this id. Raises RefusedByHandler, or AwsError
    ``authorization-policy-deny`` where an enforced policy refuses it.
    """
    # Before the log is written: an endpoint without a free address must not log a connection that never was.
    client_ip, client_ip_v6 = _free_addresses(endpoint, at)
    connection = new_connection(world, caller, client_ip=client_ip, at=at, client_ip_v6=client_ip_v6)
    connection.id = authenticate(world, region, endpoint, caller, first_leg=first_leg, at=at)
    # AWS asks the handler after the sign-in, so the failed attempt has a user and both legs in the log.
    if refusal := ask(connection.id):
        refuse(world, region, endpoint, connection, reason=refusal.reason, at=at)
        raise RefusedByHandler(refusal.reason, refusal.message)
    connection.evaluation = evaluate(endpoint, connection, kind=ATTEMPT, at=at)
    if connection.evaluation:
        region.history(endpoint.id).count(metrics.EVALUATED, 1, at=at)
    if is_refused(connection.evaluation):
        region.history(endpoint.id).count(metrics.DENIED_BY_POLICY, 1, at=at)
        fields = connection_log.attempted(endpoint, connection, status=FAILED, reason=POLICY_DENY, at=at)
        publish(world, region, endpoint, fields, at=at)
        # The words that AWS's client shows (admin guide, "How device posture works").
        raise AwsError(POLICY_DENY, "Authorization policy evaluation failed")
    endpoint.connections[connection.id] = connection
    region.history(endpoint.id).change(metrics.ACTIVE, 1, at=at)
    publish(world, region, endpoint, connection_log.connected(endpoint, connection), at=at)
    return connection


def _free_addresses(endpoint: Endpoint, at: float) -> tuple[str, str]:
    """One of each version that the traffic has; the log's ``NA`` for one that there isn't."""
    open_ones = [c for c in endpoint.connections.values() if c.ended_at is None or c.ended_at > at]
    used = {address for c in open_ones for address in (c.client_ip, c.client_ip_v6)}
    versions = endpoint.ip_versions
    return (
        _free_address(endpoint.client_cidr, used) if 4 in versions else connection_log.NA,
        _free_address(endpoint.client_cidr_v6, used) if 6 in versions else connection_log.NA,
    )


def _free_address(cidr: str, used: Collection[str]) -> str:
    """AWS doesn't say how it hands addresses out; the network's first two are kept, as a gateway would."""
    addresses: Iterator[str] = (str(address) for address in islice(ip_network(cidr).hosts(), 1, None))
    for address in addresses:
        if address not in used:
            return address
    raise AwsError("ClientVpnEndpointLimitExceeded", f"No address is free in {cidr}")


def count(
    region: Region,
    endpoint: Endpoint,
    connection: Connection,
    *,
    at: float,
    ingress_bytes: int = 0,
    egress_bytes: int = 0,
    ingress_packets: int = 0,
    egress_packets: int = 0,
) -> None:
    """Add traffic to the counters; ingress is what the client sent."""
    connection.ingress_bytes += ingress_bytes
    connection.egress_bytes += egress_bytes
    connection.ingress_packets += ingress_packets
    connection.egress_packets += egress_packets
    history = region.history(endpoint.id)
    amounts = (ingress_bytes, ingress_packets, egress_bytes, egress_packets)
    for metric, amount in zip(metrics.TRAFFIC, amounts, strict=True):
        history.count(metric, amount, at=at)


def end(
    world: World, region: Region, endpoint: Endpoint, connection: Connection, *, cause: str, at: float
) -> None:
    """Ended at ``at``, whoever ended it (``Connection.ended_by``); a second end changes nothing."""
    if connection.ended_at is not None:
        return
    connection.state = settled("terminated")
    connection.ended_at = at
    connection.ended_by = cause
    region.history(endpoint.id).change(metrics.ACTIVE, -1, at=at)
    if cause == "policy":
        region.history(endpoint.id).count(metrics.ENDED_BY_POLICY, 1, at=at)
    publish(world, region, endpoint, connection_log.ended(endpoint, connection, at=at), at=at)


def end_all(world: World, region: Region, endpoint: Endpoint, *, cause: str, at: float) -> None:
    for connection in endpoint.connections.values():
        end(world, region, endpoint, connection, cause=cause, at=at)


def describe_client_vpn_connections(call: Call) -> dict[str, Any]:
    """``status`` as a filter isn't in the reference, but AWS's own sample handler uses it."""
    endpoint = call.endpoint()
    values: dict[str, Callable[[Connection], str]] = {
        "connection-id": lambda connection: connection.id,
        "username": lambda connection: connection.username if _names_users(call, endpoint) else "",
        "status": lambda connection: connection.state.at(call.now),
    }
    kept = filtered(call, list(endpoint.connections.values()), values)
    return page(call, "Connections", kept, lambda connection: _described(call, endpoint, connection))


def _names_users(call: Call, endpoint: Endpoint) -> bool:
    federated = endpoint.authenticates_by(FEDERATED) and call.world.saml_usernames
    return federated or endpoint.authenticates_by(DIRECTORY)


def _described(call: Call, endpoint: Endpoint, connection: Connection) -> dict[str, Any]:
    """Counters and times are strings; the end of an active connection is ``-``."""
    ended = connection.ended_at
    described: dict[str, Any] = {
        "ClientVpnEndpointId": endpoint.id,
        "Timestamp": connection_time(call.now if ended is None else ended),
        "ConnectionId": connection.id,
        "ConnectionEstablishedTime": connection_time(connection.established_at),
        "IngressBytes": str(connection.ingress_bytes),
        "EgressBytes": str(connection.egress_bytes),
        "IngressPackets": str(connection.ingress_packets),
        "EgressPackets": str(connection.egress_packets),
        # AWS's sample writes "-" where there is no end; an address that there isn't is taken to be written so too.
        "ClientIp": connection.client_ip.replace(connection_log.NA, "-"),
        "CommonName": connection.common_name,
        "Status": connection.state.described(call.now),
        "ConnectionEndTime": "-" if ended is None else connection_time(ended),
    }
    # "Only populated when the endpoint is configured for dual-stack addressing" (EC2 API reference).
    if connection.client_ip_v6 != connection_log.NA:
        described["ClientIpv6Address"] = connection.client_ip_v6
    if connection.evaluation:
        evaluated_at = connection.evaluated_at or connection.established_at
        described["AuthorizationPolicyLastEvaluatedTime"] = connection_time(evaluated_at)
    return {**described, "Username": connection.username} if _names_users(call, endpoint) else described


def terminate_client_vpn_connections(call: Call) -> dict[str, Any]:
    """By connection id, or by user name if that user has at most five connections."""
    endpoint = call.endpoint()
    chosen = _chosen(call, endpoint)
    statuses = [_terminate(call, connection) for connection in chosen]
    answer = {"ClientVpnEndpointId": endpoint.id, "ConnectionStatuses": statuses}
    return {**answer, "Username": call.text("Username")} if call.text("Username") else answer


def _chosen(call: Call, endpoint: Endpoint) -> list[Connection]:
    connection_id, username = call.text("ConnectionId"), call.text("Username")
    if connection_id and username:
        raise combination("ConnectionId and Username cannot be used together")
    if not connection_id and not username:
        raise AwsError("MissingParameter", "You must specify either connection-id or username")
    # A connection that is terminating already can't be terminated again.
    live = [c for c in endpoint.connections.values() if c.state.at(call.now) == "active"]
    if connection_id:
        chosen = [c for c in live if c.id == connection_id]
        if not chosen:
            raise AwsError(
                "InvalidClientVpnConnection.IdNotFound", f"Connection {connection_id} does not exist"
            )
        return chosen
    chosen = [c for c in live if c.username == username]
    if not chosen:
        raise AwsError("InvalidClientVpnConnection.UserNotFound", f"User {username} has no connection")
    if len(chosen) > TERMINATIONS_BY_NAME:
        message = f"User {username} has more than {TERMINATIONS_BY_NAME} connections"
        raise AwsError("ClientVpnTerminateConnectionsLimitExceeded", message)
    return chosen


def _terminate(call: Call, connection: Connection) -> dict[str, Any]:
    connection.state = moving("terminating", then="terminated", due=call.now + call.pace.terminate)
    return {
        "ConnectionId": connection.id,
        "PreviousStatus": {"Code": "active"},
        "CurrentStatus": {"Code": "terminating"},
    }
