"""An endpoint as the last snapshot has it, and as it would be after a change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from portal.addresses import Network
from vpn.aws.snapshots import AuthorizationRule, Route, TargetNetwork

# Those that are there, or will be in a moment.
LIVE_RULES: Final = frozenset({"authorizing", "active"})
LIVE_ROUTES: Final = frozenset({"creating", "active"})
LIVE_ASSOCIATIONS: Final = frozenset({"associating", "associated"})
# EndpointChanges' names of what has consequences here
COMPARED: Final = (
    "split_tunnel",
    "vpn_port",
    "dns_servers",
    "server_certificate_arn",
    "security_groups",
)
LISTS: Final = ("dns_servers", "security_groups")


@dataclass(frozen=True)
class EndpointConfiguration:
    """Only what is live: rules, routes and associations that are failing or going are left out.

    ``egress`` is each subnet's fixed addresses as the last look found them; a subnet that is not in it was never seen.
    ``revocation_list`` only counts as the same or another one.
    """

    rules: tuple[AuthorizationRule, ...] = ()
    routes: tuple[Route, ...] = ()
    subnets: tuple[str, ...] = ()
    split_tunnel: bool = False
    vpn_port: int = 443
    transport_protocol: str = "udp"
    dns_name: str = ""
    dns_servers: tuple[str, ...] = ()
    server_certificate_arn: str = ""
    revocation_list: str = ""
    security_groups: tuple[str, ...] = ()
    exists: bool = True
    egress: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def live_configuration(
    *,
    rules: Iterable[AuthorizationRule],
    routes: Iterable[Route],
    target_networks: Iterable[TargetNetwork],
    **others: Any,
) -> EndpointConfiguration:
    associated = (one.subnet_id for one in target_networks if one.status in LIVE_ASSOCIATIONS)
    return EndpointConfiguration(
        rules=tuple(one for one in rules if one.status in LIVE_RULES),
        routes=tuple(one for one in routes if one.status in LIVE_ROUTES),
        subnets=tuple(dict.fromkeys(associated)),
        **others,
    )


def with_rule(
    state: EndpointConfiguration, *, destination_cidr: str, group_id: str, description: str = ""
) -> EndpointConfiguration:
    """``group_id`` empty: everyone."""
    rule = AuthorizationRule(destination_cidr, group_id, not group_id, description, "active")
    return replace(state, rules=(*without_rule(state, destination_cidr, group_id).rules, rule))


def without_rule(state: EndpointConfiguration, destination_cidr: str, group_id: str) -> EndpointConfiguration:
    kept = (
        one for one in state.rules if (one.destination_cidr, one.group_id) != (destination_cidr, group_id)
    )
    return replace(state, rules=tuple(kept))


def with_route(
    state: EndpointConfiguration, *, destination_cidr: str, target_subnet: str
) -> EndpointConfiguration:
    route = Route(destination_cidr, target_subnet, "add-route", "active")
    return replace(state, routes=(*without_route(state, destination_cidr, target_subnet).routes, route))


def without_route(
    state: EndpointConfiguration, destination_cidr: str, target_subnet: str
) -> EndpointConfiguration:
    kept = (
        one
        for one in state.routes
        if (one.destination_cidr, one.target_subnet) != (destination_cidr, target_subnet)
    )
    return replace(state, routes=tuple(kept))


def with_subnet(
    state: EndpointConfiguration, subnet_id: str, *, local_cidrs: Iterable[str] = ()
) -> EndpointConfiguration:
    """AWS adds the route to the VPC by itself: to ``local_cidrs``, or where the other subnets' routes lead, if any."""
    local = {one.destination_cidr for one in state.routes if one.origin == "associate"} | {*local_cidrs}
    routes = (Route(cidr, subnet_id, "associate", "active") for cidr in sorted(local))
    return replace(
        state, subnets=(*without_subnet(state, subnet_id).subnets, subnet_id), routes=(*state.routes, *routes)
    )


def without_subnet(state: EndpointConfiguration, subnet_id: str) -> EndpointConfiguration:
    """The routes through a subnet go with it."""
    return replace(
        state,
        subnets=tuple(one for one in state.subnets if one != subnet_id),
        routes=tuple(one for one in state.routes if one.target_subnet != subnet_id),
    )


def without_any_subnet(state: EndpointConfiguration) -> EndpointConfiguration:
    """As a pause leaves it."""
    for subnet in state.subnets:
        state = without_subnet(state, subnet)
    return state


def without_endpoint(state: EndpointConfiguration) -> EndpointConfiguration:
    return replace(without_any_subnet(state), exists=False)


def with_settings(state: EndpointConfiguration, changes: Mapping[str, Any]) -> EndpointConfiguration:
    """``changes`` by the names of vpn.aws.endpoint_requests.EndpointChanges; those without consequences are ignored."""
    wanted = {name: changes[name] for name in COMPARED if changes.get(name) is not None}
    wanted |= {name: tuple(wanted[name]) for name in LISTS if name in wanted}
    return replace(state, **wanted)


def rule_keys(rules: Iterable[AuthorizationRule]) -> set[tuple[str, str]]:
    """What tells rules apart, for AWS too: destination and group."""
    return {(one.destination_cidr, one.group_id) for one in rules}


def parse_network(cidr: str) -> Network | None:
    """None for what is no CIDR block: AWS's answer is kept as it is, and can't be reckoned with."""
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


def contains(wide: Network, narrow: Network) -> bool:
    if isinstance(wide, IPv4Network):
        return isinstance(narrow, IPv4Network) and narrow.subnet_of(wide)
    return isinstance(narrow, IPv6Network) and narrow.subnet_of(wide)
