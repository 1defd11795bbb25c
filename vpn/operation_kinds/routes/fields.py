"""What the kinds that touch routes have in common."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from vpn.endpoints.models import Endpoint
from vpn.operations.plan.configuration import LIVE_ASSOCIATIONS, LIVE_ROUTES
from vpn.operations.plan.plan import PlannedChange


def subnet_choices(endpoint: Endpoint) -> list[tuple[str, str]]:
    """The associated subnets."""
    live = [network for network in endpoint.target_networks if network["status"] in LIVE_ASSOCIATIONS]
    return [(association["subnet_id"], association["subnet_id"]) for association in live]


def routes_on(endpoint: Endpoint, subnet: str) -> list[dict[str, Any]]:
    """Those of a subnet that are there, or will be in a moment."""
    return [
        route
        for route in endpoint.routes
        if route["target_subnet"] == subnet and route["status"] in LIVE_ROUTES
    ]


def overlaps_clients(endpoint: Endpoint, cidr: str) -> bool:
    """AWS: the client CIDR overlaps with no route. The default route is not meant by that."""
    if not endpoint.client_cidr_block or cidr == "0.0.0.0/0":
        return False
    return ip_network(cidr).overlaps(ip_network(endpoint.client_cidr_block))


def route_change(route: Mapping[str, Any], *, exists_before: bool) -> PlannedChange:
    text = f"{route['destination_cidr']} → {route['target_subnet']}"
    return PlannedChange("route", text if exists_before else None, None if exists_before else text)
