"""Everything that is worth knowing about a change, in the order in which it matters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from vpn.operations.plan.access import AccessPerson, access_findings
from vpn.operations.plan.costs import Prices, cost_findings, with_basis
from vpn.operations.plan.disconnects import Disconnects, disconnects
from vpn.operations.plan.egress import egress_findings
from vpn.operations.plan.findings import Consequence
from vpn.operations.plan.profiles import profile_findings
from vpn.operations.plan.quotas import quota_findings
from vpn.operations.plan.routes import route_findings
from vpn.operations.plan.state import EndpointConfiguration


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


def report(before: EndpointConfiguration, after: EndpointConfiguration, around: PlanContext) -> PlanReport:
    """``findings`` begin with why people are disconnected."""
    found = disconnects(before, after)
    return PlanReport(
        found,
        (
            *found.findings,
            *access_findings(before, after, around.people),
            *egress_findings(before, after),
            *profile_findings(before, after, holders=around.holders),
            *route_findings(before, after),
            *quota_findings(before, after),
            *_costs(before, after, around),
        ),
    )


def report_of_new(after: EndpointConfiguration, around: PlanContext) -> tuple[Consequence, ...]:
    """Of an endpoint that isn't there yet: nobody is connected to it, and nobody has its profile."""
    before = replace(after, rules=(), routes=(), subnets=(), security_groups=())
    # Without a subnet nobody can connect, whatever the rules will allow.
    access = access_findings(before, after, around.people) if after.subnets else ()
    return (
        *access,
        *egress_findings(before, after),
        *route_findings(before, after),
        *quota_findings(before, after),
        *_costs(before, after, around),
    )


def _costs(
    before: EndpointConfiguration, after: EndpointConfiguration, around: PlanContext
) -> tuple[Consequence, ...]:
    found = cost_findings(before, after, around.prices, connection_hours=around.connection_hours)
    return with_basis(found, around.prices)
