"""EndpointConfiguration: an endpoint as one value, so that a plan can compare it before and after a change.

The ``with_…`` and ``without_…`` functions return the configuration after a change of that kind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vpn.aws.snapshots import AuthorizationRule, Route, TargetNetwork
from vpn.endpoints.egress import EgressReason

# AWS's statuses of what is in effect, or will be in a moment.
LIVE_RULES: Final = frozenset({"authorizing", "active"})
LIVE_ROUTES: Final = frozenset({"creating", "active"})
LIVE_ASSOCIATIONS: Final = frozenset({"associating", "associated"})
# The fields of EndpointChanges that have consequences
COMPARED_SETTINGS: Final = (
    "split_tunnel",
    "vpn_port",
    "dns_servers",
    "server_certificate_arn",
    "security_groups",
    "log_group",
    "client_connect_handler",
    "trust_providers",
)
EVERYWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "ipv4": ("0.0.0.0/0",),
    "ipv6": ("::/0",),
    "dual-stack": ("0.0.0.0/0", "::/0"),
}
LIST_SETTINGS: Final = ("dns_servers", "security_groups", "trust_providers")


@dataclass(frozen=True)
class EndpointConfiguration:
    """Only live rules, routes and associations: those that failed or are being deleted are left out.

    ``egress``: the fixed IP addresses behind each subnet, as of the last snapshot; a subnet that is not in it was not
    seen. ``egress_reasons``: why there is none behind a subnet, or a doubtful one; also of subnets that are not
    associated. ``revocation_list``: any text that differs where the list differs. ``traffic``: AWS's
    TrafficIpAddressType. Of an endpoint of a transit gateway, ``subnets`` are zones, and ``gateway_routes`` the routes
    without a target, which each zone has in ``routes``.
    """

    rules: tuple[AuthorizationRule, ...] = ()
    routes: tuple[Route, ...] = ()
    gateway_routes: tuple[Route, ...] = ()
    subnets: tuple[str, ...] = ()
    split_tunnel: bool = False
    vpn_port: int = 443
    transport_protocol: str = "udp"
    dns_name: str = ""
    dns_servers: tuple[str, ...] = ()
    server_certificate_arn: str = ""
    revocation_list: str = ""
    security_groups: tuple[str, ...] = ()
    log_group: str = ""
    client_connect_handler: str = ""
    trust_providers: tuple[str, ...] = ()
    traffic: str = "ipv4"
    exists: bool = True
    egress: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    egress_reasons: Mapping[str, tuple[EgressReason, ...]] = field(default_factory=dict)

    @property
    def everywhere(self) -> tuple[str, ...]:
        """The destinations that stand for the internet, one for each version of IP that it carries."""
        return EVERYWHERE.get(self.traffic, EVERYWHERE["ipv4"])


def live_configuration(
    *,
    rules: Iterable[AuthorizationRule],
    routes: Iterable[Route],
    target_networks: Iterable[TargetNetwork],
    **settings: Any,
) -> EndpointConfiguration:
    """The configuration of snapshots, by their status. ``settings`` are its other fields."""
    associated = [network.place for network in target_networks if network.status in LIVE_ASSOCIATIONS]
    places = tuple(dict.fromkeys(associated))
    live = [route for route in routes if route.status in LIVE_ROUTES]
    return EndpointConfiguration(
        rules=tuple(rule for rule in rules if rule.status in LIVE_RULES),
        routes=tuple(placed for route in live for placed in _placed(route, places)),
        gateway_routes=tuple(route for route in live if not route.target_subnet),
        subnets=places,
        **settings,
    )


def _placed(route: Route, places: Iterable[str]) -> Iterable[Route]:
    """A route through a transit gateway is one of all zones, where others are of one subnet each."""
    if route.target_subnet:
        return (route,)
    return (replace(route, target_subnet=place) for place in places)


def with_rule(
    state: EndpointConfiguration, *, destination_cidr: str, group_id: str, description: str = ""
) -> EndpointConfiguration:
    """``group_id`` empty: everybody."""
    rule = AuthorizationRule(destination_cidr, group_id, not group_id, description, "active")
    return replace(state, rules=(*without_rule(state, destination_cidr, group_id).rules, rule))


def without_rule(state: EndpointConfiguration, destination_cidr: str, group_id: str) -> EndpointConfiguration:
    removed = (destination_cidr, group_id)
    kept = (rule for rule in state.rules if (rule.destination_cidr, rule.group_id) != removed)
    return replace(state, rules=tuple(kept))


def with_route(
    state: EndpointConfiguration, *, destination_cidr: str, target_subnet: str
) -> EndpointConfiguration:
    """``target_subnet`` empty: through the transit gateway, for all zones."""
    route = Route(destination_cidr, target_subnet, "add-route", "active")
    state = without_route(state, destination_cidr, target_subnet)
    return replace(
        state,
        routes=(*state.routes, *_placed(route, state.subnets)),
        gateway_routes=(*state.gateway_routes, *(() if target_subnet else (route,))),
    )


def without_route(
    state: EndpointConfiguration, destination_cidr: str, target_subnet: str
) -> EndpointConfiguration:
    targets = {target_subnet} if target_subnet else {"", *state.subnets}

    def kept(routes: Iterable[Route]) -> tuple[Route, ...]:
        return tuple(
            route
            for route in routes
            if route.destination_cidr != destination_cidr or route.target_subnet not in targets
        )

    return replace(state, routes=kept(state.routes), gateway_routes=kept(state.gateway_routes))


def with_subnet(
    state: EndpointConfiguration, subnet_id: str, *, local_cidrs: Iterable[str] = ()
) -> EndpointConfiguration:
    """With another associated subnet, or zone of a transit gateway.

    AWS adds the route to the VPC by itself: to ``local_cidrs``, and to where such routes of the other subnets lead.
    """
    local = {route.destination_cidr for route in state.routes if route.origin == "associate"} | {*local_cidrs}
    routes = [Route(cidr, subnet_id, "associate", "active") for cidr in sorted(local)]
    routes += [replace(route, target_subnet=subnet_id) for route in state.gateway_routes]
    return replace(
        state, subnets=(*without_subnet(state, subnet_id).subnets, subnet_id), routes=(*state.routes, *routes)
    )


def without_subnet(state: EndpointConfiguration, subnet_id: str) -> EndpointConfiguration:
    """AWS deletes the routes through a subnet together with its association."""
    return replace(
        state,
        subnets=tuple(subnet for subnet in state.subnets if subnet != subnet_id),
        routes=tuple(route for route in state.routes if route.target_subnet != subnet_id),
    )


def without_any_subnet(state: EndpointConfiguration) -> EndpointConfiguration:
    """As a paused endpoint is."""
    for subnet in state.subnets:
        state = without_subnet(state, subnet)
    return state


def without_endpoint(state: EndpointConfiguration) -> EndpointConfiguration:
    """After the endpoint was deleted."""
    return replace(without_any_subnet(state), exists=False)


def with_settings(state: EndpointConfiguration, changes: Mapping[str, Any]) -> EndpointConfiguration:
    """``changes`` by the names of vpn.aws.endpoint_requests.EndpointChanges; those without consequences are ignored."""
    compared = {name: changes[name] for name in COMPARED_SETTINGS if changes.get(name) is not None}
    compared |= {name: tuple(compared[name]) for name in LIST_SETTINGS if name in compared}
    return replace(state, **compared)


def rule_keys(rules: Iterable[AuthorizationRule]) -> set[tuple[str, str]]:
    """Destination and group of each: AWS has at most one rule with both."""
    return {(rule.destination_cidr, rule.group_id) for rule in rules}
