"""All consequences of a change, in the order in which a plan shows them: pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from vpn.operation_plans.access import AccessPerson, access_consequences
from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence
from vpn.operation_plans.costs import Prices, cost_consequences, with_cost_basis
from vpn.operation_plans.disconnects import Disconnects, find_disconnects
from vpn.operation_plans.egress import egress_consequences
from vpn.operation_plans.expectations import expectation_consequences
from vpn.operation_plans.profiles import profile_consequences
from vpn.operation_plans.quotas import quota_consequences
from vpn.operation_plans.routes import route_consequences
from vpn.operation_plans.safeguards import handler_consequences, log_consequences
from vpn.operation_plans.tunnels import tunnel_consequences
from vpn.quotas.limits import Limits
from vpn.reachability.rules.expectations import Expectation

NO_LIMITS_READ: Final = Limits()


@dataclass(frozen=True)
class PlanContext:
    """What else the consequences depend on.

    ``people``: all of the portal. ``recent_people``: the lower-cased user names of those who connected to the endpoint
    within 30 days; None if the connection log doesn't tell. ``connection_hours``: hours of all connections in 30 days
    of use; None if the connection log has none. ``blocked``: user names that the deny list refuses now.
    ``log_groups``: those that an endpoint of the account writes to, or that the portal has read.
    ``limits``: AWS's quotas. ``expectations``: about who reaches what through the endpoint.
    """

    people: Sequence[AccessPerson]
    recent_people: Collection[str] | None
    prices: Prices
    connection_hours: Decimal | None = None
    blocked: Sequence[str] = ()
    log_groups: Collection[str] = ()
    limits: Limits = NO_LIMITS_READ
    expectations: Sequence[Expectation] = ()


@dataclass(frozen=True)
class PlanReport:
    disconnects: Disconnects
    consequences: tuple[Consequence, ...]


def compare_configurations(
    before: EndpointConfiguration, after: EndpointConfiguration, context: PlanContext
) -> PlanReport:
    """The consequences begin with whom the change disconnects."""
    disconnects = find_disconnects(before, after)
    consequences = (
        *disconnects.consequences,
        *access_consequences(before, after, context.people, context.recent_people),
        *expectation_consequences(before, after, context.expectations),
        *handler_consequences(before, after, blocked=context.blocked),
        *egress_consequences(before, after),
        *tunnel_consequences(before, after),
        *profile_consequences(before, after, recent_people=context.recent_people),
        *log_consequences(before, after, log_groups=context.log_groups),
        *route_consequences(before, after),
        *quota_consequences(before, after, context.limits),
        *_costs(before, after, context),
    )
    return PlanReport(disconnects, consequences)


def new_endpoint_consequences(after: EndpointConfiguration, context: PlanContext) -> tuple[Consequence, ...]:
    """Of creating an endpoint: nobody is connected to it, and nobody has its profile."""
    before = replace(after, rules=(), routes=(), subnets=(), security_groups=())
    # Without a subnet nobody can connect, whatever the rules will permit.
    access = access_consequences(before, after, context.people) if after.subnets else ()
    return (
        *access,
        *egress_consequences(before, after),
        *tunnel_consequences(None, after),
        *log_consequences(None, after, log_groups=context.log_groups),
        *route_consequences(before, after),
        *quota_consequences(before, after, context.limits),
        *_costs(before, after, context),
    )


def _costs(
    before: EndpointConfiguration, after: EndpointConfiguration, context: PlanContext
) -> tuple[Consequence, ...]:
    costs = cost_consequences(before, after, context.prices, connection_hours=context.connection_hours)
    return with_cost_basis(costs, context.prices)
