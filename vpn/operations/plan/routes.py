"""Routes that are missing on some of the associated subnets, and rules without a way: pure.

Clients are spread over the associated subnets, so each subnet needs a route of its own for each destination
(admin guide, "Client VPN routes").
"""

from collections.abc import Iterator

from vpn.operations.plan.configuration import EndpointConfiguration, contains, parse_network
from vpn.operations.plan.consequences import Consequence, ConsequenceId, Tone, join_names

LOCAL = "local"


def missing_routes(state: EndpointConfiguration) -> dict[str, tuple[str, ...]]:
    """By destination, the associated subnets that have no route to it while another one has."""
    destinations = dict.fromkeys(
        one.destination_cidr for one in state.routes if one.target_subnet in state.subnets
    )
    missing = {
        destination: tuple(one for one in state.subnets if one not in _routed(state, destination))
        for destination in destinations
    }
    return {destination: subnets for destination, subnets in missing.items() if subnets}


def route_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> tuple[Consequence, ...]:
    """Nothing, where neither routes nor rules nor subnets change, or where nobody can connect afterwards."""
    if not after.subnets or (before.routes, before.rules, before.subnets) == (
        after.routes,
        after.rules,
        after.subnets,
    ):
        return ()
    return (
        *_missing(before, after),
        *_rules_without_route(before, after),
        *_routes_without_rule(before, after),
    )


def _missing(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    then, now = missing_routes(before), missing_routes(after)
    for destination, subnets in now.items():
        what = (
            ConsequenceId.ROUTE_MISSING_ALREADY
            if then.get(destination) == subnets
            else ConsequenceId.ROUTE_MISSING
        )
        tone = Tone.INFO if what == ConsequenceId.ROUTE_MISSING_ALREADY else Tone.WARN
        yield Consequence(what, tone, {"network": destination, "subnets": join_names(subnets)})
    if not now and len(after.subnets) > 1:
        yield Consequence(ConsequenceId.ROUTES_EVERYWHERE, Tone.OK)


def _rules_without_route(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> Iterator[Consequence]:
    """Of what is new: a rule that leads nowhere, or one that leads nowhere from now on."""
    then = set(_unrouted(before))
    for destination in dict.fromkeys(_unrouted(after)):
        if destination not in then:
            yield Consequence(ConsequenceId.RULE_WITHOUT_ROUTE, Tone.WARN, {"network": destination})


def _routes_without_rule(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> Iterator[Consequence]:
    then = set(_unruled(before))
    for destination in dict.fromkeys(_unruled(after)):
        if destination not in then:
            yield Consequence(ConsequenceId.ROUTE_WITHOUT_RULE, Tone.WARN, {"network": destination})


def _unrouted(state: EndpointConfiguration) -> Iterator[str]:
    routes = [parse_network(one.destination_cidr) for one in state.routes]
    for rule in state.rules:
        wanted = parse_network(rule.destination_cidr)
        # A wide rule may be meant for the routes inside it.
        if wanted and not any(one and (contains(one, wanted) or contains(wanted, one)) for one in routes):
            yield rule.destination_cidr


def _unruled(state: EndpointConfiguration) -> Iterator[str]:
    rules = [parse_network(one.destination_cidr) for one in state.rules]
    for route in state.routes:
        way = parse_network(route.destination_cidr)
        if way and not any(one and (contains(one, way) or contains(way, one)) for one in rules):
            yield route.destination_cidr


def _routed(state: EndpointConfiguration, destination: str) -> set[str]:
    """A route to ``local`` is the endpoint's own, whatever the subnet."""
    found = {one.target_subnet for one in state.routes if one.destination_cidr == destination}
    return set(state.subnets) if LOCAL in found else found
