"""Everything that is worth knowing about a change, in the order in which it matters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from vpn.operations.plan.access import Person, access_findings
from vpn.operations.plan.costs import Prices, cost_findings, with_basis
from vpn.operations.plan.disconnects import Disconnects, disconnects
from vpn.operations.plan.egress import egress_findings
from vpn.operations.plan.findings import Finding
from vpn.operations.plan.profiles import profile_findings
from vpn.operations.plan.quotas import quota_findings
from vpn.operations.plan.routes import route_findings
from vpn.operations.plan.state import State


@dataclass(frozen=True)
class Around:
    """What the states don't say: ``people`` of the portal, ``holders`` of the endpoint's profile, prices, and
    ``connection_hours`` in 30 days of use."""

    people: Sequence[Person]
    holders: int
    prices: Prices
    connection_hours: Decimal | None = None


@dataclass(frozen=True)
class Report:
    disconnects: Disconnects
    findings: tuple[Finding, ...]


def report(before: State, after: State, around: Around) -> Report:
    """``findings`` begin with why people are disconnected."""
    found = disconnects(before, after)
    return Report(
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


def report_of_new(after: State, around: Around) -> tuple[Finding, ...]:
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


def _costs(before: State, after: State, around: Around) -> tuple[Finding, ...]:
    found = cost_findings(before, after, around.prices, connection_hours=around.connection_hours)
    return with_basis(found, around.prices)
