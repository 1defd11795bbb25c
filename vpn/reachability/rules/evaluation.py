"""Whether an endpoint lets somebody's traffic through to a destination, by which rule and which routes: pure.

AWS forwards by the longest prefix that matches, of the routes for the subnet in which a connection ended up, and lets
through by the longest prefix among the authorization rules (vpn/endpoints/authorization.py). Sources: Client VPN
administrator guide, "Routes" (each associated subnet needs its own), "Split-tunnel" (only traffic with a route of the
endpoint goes into the tunnel) and "Troubleshooting" (a route that one associated subnet lacks works at times, since
clients are spread by DNS). Security groups, network ACLs, route tables and firewalls aren't looked at.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.addresses import Network, contains, is_filled, parse_network, regions_of
from vpn.aws.snapshots import AuthorizationRule, Route
from vpn.endpoints.authorization import deciding_rules, permits
from vpn.endpoints.places import LOCAL


class ReachOutcome(StrEnum):
    """What becomes of traffic to a destination. Words: vpn/reachability/texts.py.

    AT_TIMES: some of the endpoint's places have no route. NO_RULE: no rule covers it; OTHER_GROUPS: the rule that
    decides is for others. PAST_VPN: it goes into the tunnel at no time. PARTLY and NONE are of networks whose parts
    differ; NONE: no part is reached, for different reasons. UNKNOWN: the person's groups decide and aren't known.
    """

    ALLOWED = "allowed"
    AT_TIMES = "at-times"
    PARTLY = "partly"
    NO_RULE = "no-rule"
    OTHER_GROUPS = "other-groups"
    NO_ROUTE = "no-route"
    NO_PLACE = "no-place"
    PAST_VPN = "past-vpn"
    NONE = "none"
    UNKNOWN = "unknown"


REACHED: Final = frozenset({ReachOutcome.ALLOWED, ReachOutcome.AT_TIMES})
# By AWS's TrafficIpAddressType, the IP versions that go into the tunnel
VERSIONS: Final = {"ipv4": (4,), "ipv6": (6,), "dual-stack": (4, 6)}


@dataclass(frozen=True)
class EndpointPaths:
    """What decides of an endpoint. ``places``: its associated subnets, or zones of a transit gateway.

    ``traffic``: AWS's TrafficIpAddressType.
    """

    rules: Sequence[AuthorizationRule]
    routes: Sequence[Route]
    places: Sequence[str]
    split_tunnel: bool
    traffic: str = "ipv4"

    def carries(self, network: Network) -> bool:
        """Whether traffic of its IP version goes into the tunnel at all."""
        return network.version in VERSIONS.get(self.traffic, VERSIONS["ipv4"])


@dataclass(frozen=True)
class PlaceRoute:
    """The route that traffic takes from one place; None: no active one leads there."""

    place: str
    route: Route | None


@dataclass(frozen=True)
class ReachRegion:
    """``network`` without the narrower ones in ``excluded``, which are regions of their own.

    ``rules``: those that decide, whoever they are for. ``pending``: rules for the person that cover it and aren't
    active. ``outranked``: active rules for the person that are wider than those that decide.
    """

    network: Network
    excluded: tuple[Network, ...]
    outcome: ReachOutcome
    rules: tuple[AuthorizationRule, ...]
    routes: tuple[PlaceRoute, ...]
    pending: tuple[AuthorizationRule, ...] = ()
    outranked: tuple[AuthorizationRule, ...] = ()


@dataclass(frozen=True)
class Reachability:
    """``regions``: the parts of ``destination`` that rules or routes tell apart, the widest first; never empty."""

    destination: Network
    outcome: ReachOutcome
    regions: tuple[ReachRegion, ...]


def evaluate(paths: EndpointPaths, destination: Network, *, groups: Collection[str] | None) -> Reachability:
    """``groups``: ids as the endpoint's rules name them; None: not known, which matters only if a rule names one."""
    cuts = {
        network
        for cidr in (
            *(rule.destination_cidr for rule in paths.rules if rule.status == "active"),
            *(route.destination_cidr for route in paths.routes if route.status == "active"),
        )
        if (network := parse_network(cidr)) is not None and contains(destination, network)
    }
    regions = tuple(
        _region(paths, network, inside, groups)
        for network, inside in regions_of({destination, *cuts})
        # One whose addresses all belong to narrower ones decides about none.
        if not is_filled(network, inside)
    )
    return Reachability(destination, _combined({region.outcome for region in regions}), regions)


def _region(
    paths: EndpointPaths, network: Network, inside: tuple[Network, ...], groups: Collection[str] | None
) -> ReachRegion:
    rules = deciding_rules(paths.rules, network)
    routes = tuple(PlaceRoute(place, _route(paths.routes, network, place)) for place in paths.places)
    return ReachRegion(
        network=network,
        excluded=inside,
        outcome=_outcome(paths, network, rules, routes, groups),
        rules=tuple(rules),
        routes=routes,
        pending=tuple(_for_person(paths.rules, network, groups, active=False)),
        outranked=tuple(
            rule for rule in _for_person(paths.rules, network, groups, active=True) if rule not in rules
        ),
    )


def _outcome(
    paths: EndpointPaths,
    network: Network,
    rules: Sequence[AuthorizationRule],
    routes: Sequence[PlaceRoute],
    groups: Collection[str] | None,
) -> ReachOutcome:
    if not routes:
        return ReachOutcome.NO_PLACE
    routed = [place for place in routes if place.route is not None]
    # In a split tunnel the endpoint's routes are what the client sends into it, so that rules don't matter then. Of the
    # other IP version the documents tell for IPv6 only that it "leaks"; IPv4 has no way into the tunnel either.
    if not paths.carries(network) or (paths.split_tunnel and not routed):
        return ReachOutcome.PAST_VPN
    if not rules:
        return ReachOutcome.NO_RULE
    if not permits(rules, groups=groups or ()):
        return ReachOutcome.UNKNOWN if groups is None else ReachOutcome.OTHER_GROUPS
    if not routed:
        return ReachOutcome.NO_ROUTE
    return ReachOutcome.ALLOWED if len(routed) == len(routes) else ReachOutcome.AT_TIMES


def _route(routes: Iterable[Route], network: Network, place: str) -> Route | None:
    """The active route of the longest prefix that covers ``network``, of those that this place has."""
    covering = [
        (found.prefixlen, route)
        for route in routes
        if route.status == "active"
        # Without a subnet it is the transit gateway's, and to ``local`` (from client to client) the endpoint's own:
        # every place has those.
        and route.target_subnet in {"", LOCAL, place}
        and (found := parse_network(route.destination_cidr)) is not None
        and contains(found, network)
    ]
    return max(covering, key=lambda pair: pair[0])[1] if covering else None


def _for_person(
    rules: Iterable[AuthorizationRule], network: Network, groups: Collection[str] | None, *, active: bool
) -> list[AuthorizationRule]:
    return [
        rule
        for rule in rules
        if (rule.status == "active") == active
        and permits([rule], groups=groups or ())
        and (covered := parse_network(rule.destination_cidr)) is not None
        and contains(covered, network)
    ]


def _combined(outcomes: set[ReachOutcome]) -> ReachOutcome:
    """Of a whole network, from its parts."""
    if len(outcomes) == 1:
        return next(iter(outcomes))
    # What isn't known of a part isn't known of the whole.
    if ReachOutcome.UNKNOWN in outcomes:
        return ReachOutcome.UNKNOWN
    if outcomes <= REACHED:
        return ReachOutcome.AT_TIMES
    return ReachOutcome.PARTLY if outcomes & REACHED else ReachOutcome.NONE
