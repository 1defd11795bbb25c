"""Everything that is worth knowing about a change, in the order in which it matters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from vpn.operations.plan.access import AccessPerson, access_consequences
from vpn.operations.plan.configuration import EndpointConfiguration
from vpn.operations.plan.consequences import Consequence
from vpn.operations.plan.costs import Prices, cost_consequences, with_cost_basis
from vpn.operations.plan.disconnects import Disconnects, find_disconnects
from vpn.operations.plan.egress import egress_consequences
from vpn.operations.plan.profiles import profile_consequences
from vpn.operations.plan.quotas import quota_consequences
from vpn.operations.plan.routes import route_consequences


@dataclass(frozen=True)
class PlanContext:
    """What the states don't say: ``people`` of the portal, ``holders`` of the endpoint's profile, prices, and
    ``connection_hours`` in 30 days of use."""

    people: Sequence[AccessPerson]
    holders: int
    prices: Prices
    connection_hours: Decimal | None = None


@dataclass(frozen=True)
class PlanReport:
    disconnects: Disconnects
    findings: tuple[Consequence, ...]


def compare_configurations(
    before: EndpointConfiguration, after: EndpointConfiguration, around: PlanContext
) -> PlanReport:
    """``findings`` begin with why people are disconnected."""
    found = find_disconnects(before, after)
    return PlanReport(
        found,
        (
            *found.findings,
            *access_consequences(before, after, around.people),
            *egress_consequences(before, after),
            *profile_consequences(before, after, holders=around.holders),
            *route_consequences(before, after),
            *quota_consequences(before, after),
            *_costs(before, after, around),
        ),
    )


def new_endpoint_consequences(after: EndpointConfiguration, around: PlanContext) -> tuple[Consequence, ...]:
    """Of an endpoint that isn't there yet: nobody is connected to it, and nobody has its profile."""
    before = replace(after, rules=(), routes=(), subnets=(), security_groups=())
    # Without a subnet nobody can connect, whatever the rules will allow.
    access = access_consequences(before, after, around.people) if after.subnets else ()
    return (
        *access,
        *egress_consequences(before, after),
        *route_consequences(before, after),
        *quota_consequences(before, after),
        *_costs(before, after, around),
    )


def _costs(
    before: EndpointConfiguration, after: EndpointConfiguration, around: PlanContext
) -> tuple[Consequence, ...]:
    found = cost_consequences(before, after, around.prices, connection_hours=around.connection_hours)
    return with_cost_basis(found, around.prices)
