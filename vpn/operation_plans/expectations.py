"""Which expectations about who reaches what a change breaks: pure."""

from collections.abc import Sequence
from dataclasses import replace

from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, join_names
from vpn.reachability.rules.evaluation import EndpointPaths
from vpn.reachability.rules.expectations import Expectation, is_met, newly_broken


def expectation_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration, expectations: Sequence[Expectation]
) -> tuple[Consequence, ...]:
    """Empty where neither rules nor routes nor what goes into the tunnel changes, or nobody can connect afterwards."""
    if not expectations or not after.subnets or _paths(before) == _paths(after):
        return ()
    broken = newly_broken(_paths(before), _paths(after), expectations)
    if broken:
        names = join_names([expectation.text for expectation in broken])
        values = {"count": len(broken), "names": names}
        return (Consequence(ConsequenceId.EXPECTATIONS_BROKEN, Tone.OUT, values),)
    met = sum(is_met(_paths(after), expectation) is True for expectation in expectations)
    if met < len(expectations):
        return ()
    return (Consequence(ConsequenceId.EXPECTATIONS_MET, Tone.OK, {"count": met}),)


def _paths(state: EndpointConfiguration) -> EndpointPaths:
    """As it will be: what AWS is still creating counts as there, which the configuration has seen to."""
    return EndpointPaths(
        rules=[replace(rule, status="active") for rule in state.rules],
        routes=[replace(route, status="active") for route in state.routes],
        places=state.subnets,
        split_tunnel=state.split_tunnel,
        traffic=state.traffic,
    )
