"""Routes that some of the associated subnets lack, rules without a route, routes without a rule: pure.

AWS spreads clients over the associated subnets, so each subnet needs its own route to each destination (admin guide,
"Client VPN routes").
"""

from collections.abc import Iterator

from portal.addresses import Network, contains, parse_network
from vpn.endpoints.places import LOCAL
from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, join_names


def missing_routes(state: EndpointConfiguration) -> dict[str, tuple[str, ...]]:
    """By destination, the associated subnets that have no route to it while another one has."""
    destinations = dict.fromkeys(
        route.destination_cidr for route in state.routes if route.target_subnet in state.subnets
    )
    missing = {
        destination: tuple(
            subnet for subnet in state.subnets if subnet not in _subnets_with_route(state, destination)
        )
        for destination in destinations
    }
    return {destination: subnets for destination, subnets in missing.items() if subnets}


def route_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> tuple[Consequence, ...]:
    """Empty where neither routes nor rules nor subnets change, or where nobody can connect afterwards."""
    is_unchanged = (before.routes, before.rules, before.subnets) == (after.routes, after.rules, after.subnets)
    if is_unchanged or not after.subnets:
        return ()
    return (
        *_missing(before, after),
        *_rules_without_route(before, after),
        *_routes_without_rule(before, after),
    )


def _missing(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    missing_before, missing_after = missing_routes(before), missing_routes(after)
    for destination, subnets in missing_after.items():
        values = {"network": destination, "subnets": join_names(subnets)}
        if missing_before.get(destination) == subnets:
            yield Consequence(ConsequenceId.ROUTE_MISSING_ALREADY, Tone.INFO, values)
        else:
            yield Consequence(ConsequenceId.ROUTE_MISSING, Tone.WARN, values)
    if not missing_after and len(after.subnets) > 1:
        yield Consequence(ConsequenceId.ROUTES_EVERYWHERE, Tone.OK)


def _rules_without_route(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> Iterator[Consequence]:
    """Only what the change brings about: a new rule without a route, or a rule that loses its route."""
    known = set(_unrouted_rules(before))
    for destination in dict.fromkeys(_unrouted_rules(after)):
        if destination not in known:
            yield Consequence(ConsequenceId.RULE_WITHOUT_ROUTE, Tone.WARN, {"network": destination})


def _routes_without_rule(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> Iterator[Consequence]:
    known = set(_unpermitted_routes(before))
    for destination in dict.fromkeys(_unpermitted_routes(after)):
        if destination not in known:
            yield Consequence(ConsequenceId.ROUTE_WITHOUT_RULE, Tone.WARN, {"network": destination})


def _unrouted_rules(state: EndpointConfiguration) -> Iterator[str]:
    """Destinations of rules to which no route leads."""
    routed = [parse_network(route.destination_cidr) for route in state.routes]
    for rule in state.rules:
        if not _touches_any(rule.destination_cidr, routed):
            yield rule.destination_cidr


def _unpermitted_routes(state: EndpointConfiguration) -> Iterator[str]:
    """Destinations of routes that no rule permits to anybody."""
    permitted = [parse_network(rule.destination_cidr) for rule in state.rules]
    for route in state.routes:
        if not _touches_any(route.destination_cidr, permitted):
            yield route.destination_cidr


def _touches_any(cidr: str, networks: list[Network | None]) -> bool:
    """Whether a network contains it, or it contains one: a wide rule may be meant for the narrow routes inside it.

    True for what is no CIDR block, about which nothing can be said.
    """
    wanted = parse_network(cidr)
    return wanted is None or any(
        network is not None and (contains(network, wanted) or contains(wanted, network))
        for network in networks
    )


def _subnets_with_route(state: EndpointConfiguration, destination: str) -> set[str]:
    """A route to ``local`` belongs to the endpoint itself, whatever the subnet."""
    subnets = {route.target_subnet for route in state.routes if route.destination_cidr == destination}
    return set(state.subnets) if LOCAL in subnets else subnets
