"""What the kinds that touch routes have in common."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from vpn.endpoints.models import Endpoint
from vpn.operations.plan.plan import PlannedChange

LIVE_ROUTES = frozenset({"creating", "active"})
LIVE_ASSOCIATIONS = frozenset({"associating", "associated"})


def subnet_choices(endpoint: Endpoint) -> list[tuple[str, str]]:
    """The associated subnets."""
    live = [one for one in endpoint.target_networks if one["status"] in LIVE_ASSOCIATIONS]
    return [(one["subnet_id"], one["subnet_id"]) for one in live]


def routes_on(endpoint: Endpoint, subnet: str) -> list[dict[str, Any]]:
    """Those of a subnet that are there, or will be in a moment."""
    return [one for one in endpoint.routes if one["target_subnet"] == subnet and one["status"] in LIVE_ROUTES]


def overlaps_clients(endpoint: Endpoint, cidr: str) -> bool:
    """AWS: the client CIDR overlaps with no route. The default route is not meant by that."""
    if not endpoint.client_cidr_block or cidr == "0.0.0.0/0":
        return False
    return ip_network(cidr).overlaps(ip_network(endpoint.client_cidr_block))


def route_change(route: Mapping[str, Any], *, exists_before: bool) -> PlannedChange:
    text = f"{route['destination_cidr']} → {route['target_subnet']}"
    return PlannedChange("route", text if exists_before else None, None if exists_before else text)
