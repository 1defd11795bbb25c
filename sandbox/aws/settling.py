"""What time has done since anybody looked: things that went away, sessions that ran out."""

from typing import Final

from sandbox.aws import connections
from sandbox.aws.records import Connection, Endpoint
from sandbox.aws.surroundings import Surroundings
from sandbox.aws.world import Region, World

ENDED_LISTED_SECONDS: Final = 60 * 60


def settle(world: World, region: Region, around: Surroundings, now: float) -> None:
    """Bring one account's region up to ``now``; every call does so first."""
    for endpoint in list(region.endpoints.values()):
        _settle_endpoint(endpoint, now)
        _settle_connections(world, region, endpoint, now)
        if endpoint.deletion and endpoint.deletion.is_gone(now):
            del region.endpoints[endpoint.id]
            around.forget_tags(endpoint.id)


def _settle_endpoint(endpoint: Endpoint, now: float) -> None:
    live = {key: a for key, a in endpoint.associations.items() if not a.state.is_gone(now)}
    if endpoint.associations and not live:
        # With the last network the endpoint is bound to no VPC any more.
        endpoint.settings = {
            k: v for k, v in endpoint.settings.items() if k not in {"VpcId", "SecurityGroupIds"}
        }
    endpoint.associations = live
    endpoint.rules = [rule for rule in endpoint.rules if not rule.state.is_gone(now)]
    endpoint.routes = [route for route in endpoint.routes if not route.state.is_gone(now)]
    if endpoint.policy and endpoint.policy.state.is_gone(now):
        endpoint.policy = None


def _settle_connections(world: World, region: Region, endpoint: Endpoint, now: float) -> None:
    for connection in endpoint.connections.values():
        ended_at = _end_of(endpoint, connection, now)
        if ended_at is not None:
            connections.end(world, region, endpoint, connection, at=ended_at)
    endpoint.connections = {
        key: connection
        for key, connection in endpoint.connections.items()
        if connection.ended_at is None or now - connection.ended_at < ENDED_LISTED_SECONDS
    }


def _end_of(endpoint: Endpoint, connection: Connection, now: float) -> float | None:
    """When a termination came through or the maximum session duration was reached, if either has."""
    if connection.ended_at is not None:
        return None
    if connection.state.at(now) == "terminated":
        return connection.state.due
    timeout = connection.established_at + endpoint.settings["SessionTimeoutHours"] * 3600
    return float(timeout) if now >= timeout else None
