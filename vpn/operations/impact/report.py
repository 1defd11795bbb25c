"""Everything that is worth knowing about a change, in the order in which it matters."""

from collections.abc import Sequence
from dataclasses import dataclass

from vpn.operations.impact.access import Person, access_findings
from vpn.operations.impact.costs import Prices, cost_findings
from vpn.operations.impact.disconnects import Disconnects, disconnects
from vpn.operations.impact.egress import egress_findings
from vpn.operations.impact.findings import Finding
from vpn.operations.impact.profiles import profile_findings
from vpn.operations.impact.quotas import quota_findings
from vpn.operations.impact.routes import route_findings
from vpn.operations.impact.state import State


@dataclass(frozen=True)
class Around:
    """What the states don't say: ``people`` of the portal, ``holders`` of the endpoint's profile, and prices."""

    people: Sequence[Person]
    holders: int
    prices: Prices


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
            *cost_findings(before, after, around.prices),
        ),
    )
