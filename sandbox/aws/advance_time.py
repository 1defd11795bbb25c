"""Apply what has become due since the last call: deletions, ends of connections, log lines that arrive."""

from typing import Final

from sandbox.aws import connections, metrics
from sandbox.aws.account_resources import AccountResources
from sandbox.aws.log_delivery import deliver
from sandbox.aws.policy_evaluation import EVERY_SECONDS, next_refusal
from sandbox.aws.records import Connection, Endpoint
from sandbox.aws.world import Region, World

# EC2 API reference, DescribeClientVpnConnections: connections terminated within the last 60 minutes.
ENDED_LISTED_SECONDS: Final = 60 * 60
# Nobody signs in to a browser page that has been open for so long.
WAITING_SECONDS: Final = 60 * 60


def advance(world: World, region: Region, resources: AccountResources, now: float) -> None:
    """Bring one account's region up to ``now``; every call does so first."""
    for endpoint in list(region.endpoints.values()):
        _advance_endpoint(endpoint, now)
        advance_connections(world, region, endpoint, now)
        if endpoint.deletion and endpoint.deletion.is_gone(now):
            del region.endpoints[endpoint.id]
            # Moto keeps tags apart from resources, so they would be listed for an endpoint that is gone.
            resources.forget_tags(endpoint.id)
    deliver(region, resources, now)


def _advance_endpoint(endpoint: Endpoint, now: float) -> None:
    live = {key: a for key, a in endpoint.associations.items() if not a.state.is_gone(now)}
    if endpoint.associations and not live:
        # With the last network the endpoint is bound to no VPC any more.
        endpoint.settings = {
            k: v for k, v in endpoint.settings.items() if k not in {"VpcId", "SecurityGroupIds"}
        }
    endpoint.associations = live
    endpoint.rules = [rule for rule in endpoint.rules if not rule.state.is_gone(now)]
    endpoint.routes = [route for route in endpoint.routes if not route.state.is_gone(now)]
    endpoint.waiting = {
        key: leg for key, leg in endpoint.waiting.items() if now - leg.established_at < WAITING_SECONDS
    }
    if endpoint.policy and endpoint.policy.state.is_gone(now):
        endpoint.policy = None


def advance_connections(world: World, region: Region, endpoint: Endpoint, now: float) -> None:
    for connection in endpoint.connections.values():
        advance_connection(world, region, endpoint, connection, now)
    endpoint.resets = [moment for moment in endpoint.resets if moment > now]
    endpoint.connections = {
        key: connection
        for key, connection in endpoint.connections.items()
        if connection.ended_at is None or now - connection.ended_at < ENDED_LISTED_SECONDS
    }


def advance_connection(
    world: World, region: Region, endpoint: Endpoint, connection: Connection, now: float
) -> None:
    if connection.ended_at is None:
        # Whatever comes first ends it, however long ago that was when somebody looks.
        at, cause = min(_ends(region, endpoint, connection, now))
        if at <= now:
            connections.end(world, region, endpoint, connection, cause=cause, at=at)


def _ends(region: Region, endpoint: Endpoint, connection: Connection, now: float) -> list[tuple[float, str]]:
    """When it will have ended, as things are, and by what."""
    began = connection.established_at
    ends = [(began + endpoint.settings["SessionTimeoutHours"] * 3600, "timeout")]
    ends += [(moment, "reset") for moment in endpoint.resets if moment > began]
    if connection.state.due is not None:
        ends.append((connection.state.due, "terminated"))
    # Only until something else ends it: whoever is gone is evaluated no more.
    until = min(now, *(at for at, _cause in ends))
    before = connection.evaluated_at or began
    refused_at = next_refusal(endpoint, connection, until)
    if endpoint.policy and connection.evaluated_at and connection.evaluated_at > before:
        evaluations = round((connection.evaluated_at - before) / EVERY_SECONDS)
        region.history(endpoint.id).count(metrics.EVALUATED, evaluations, at=connection.evaluated_at)
    return ends if refused_at is None else [*ends, (refused_at, "policy")]
