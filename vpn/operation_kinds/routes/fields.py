"""What the kinds that touch routes have in common."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway, place_name, transit_gateway_id
from vpn.operation_plans.configuration import LIVE_ASSOCIATIONS, LIVE_ROUTES
from vpn.operation_plans.plan import PlannedChange, Text

# How a form names the way through the transit gateway, which AWS gives no target
THROUGH_GATEWAY: Final = "transit-gateway"


def subnet_choices(endpoint: Endpoint) -> list[tuple[str, str]]:
    """The associated subnets, or zones."""
    live = [network for network in endpoint.target_networks if network["status"] in LIVE_ASSOCIATIONS]
    return [(place_name(network), place_name(network)) for network in live]


def target_choices(endpoint: Endpoint) -> list[tuple[str, Any]]:
    """What a new route can lead through. A transit gateway is the only way of its endpoint, and AWS takes no target."""
    if has_transit_gateway(endpoint):
        return [("", gettext("%(id)s (transit gateway)") % {"id": transit_gateway_id(endpoint)})]
    return list(subnet_choices(endpoint))


def why_no_subnet(endpoint: Endpoint) -> Text:
    """Empty: it has one, or needs none for its routes."""
    if subnet_choices(endpoint) or has_transit_gateway(endpoint):
        return ""
    return _("This endpoint has no subnet. Associate one, or resume it, first.")


def routes_on(endpoint: Endpoint, subnet: str) -> list[dict[str, Any]]:
    """Those of a subnet that are there, or will be in a moment."""
    return [
        route
        for route in endpoint.routes
        if route["target_subnet"] == subnet and route["status"] in LIVE_ROUTES
    ]


def overlaps_clients(endpoint: Endpoint, cidr: str) -> bool:
    """AWS: the client CIDR overlaps with no route. The default route is not meant by that."""
    if not endpoint.client_cidr_block or ip_network(cidr).prefixlen == 0:
        return False
    return ip_network(cidr).overlaps(ip_network(endpoint.client_cidr_block))


def check_ip_version(endpoint: Endpoint, cidr: str) -> None:
    """Raises ValidationError for a network of a version of IP that the endpoint's traffic doesn't have.

    Whether an endpoint carries IPv6 is decided when it is created (admin guide, "IPv6 considerations").
    """
    traffic, version = endpoint.settings.get("TrafficIpAddressType", "ipv4"), ip_network(cidr).version
    if traffic == "ipv4" and version != 4:
        raise ValidationError(_("This endpoint carries IPv4 traffic only."))
    if traffic == "ipv6" and version != 6:
        raise ValidationError(_("This endpoint carries IPv6 traffic only."))


def route_text(destination_cidr: str, target_subnet: str) -> str:
    """A route as plans and lists write it. A transit gateway's has no target of its own."""
    return f"{destination_cidr} → {target_subnet}" if target_subnet else destination_cidr


def route_key(route: Mapping[str, Any]) -> str:
    """By which a form names one of the endpoint's routes."""
    return f"{route['destination_cidr']} {route['target_subnet']}".strip()


def route_change(route: Mapping[str, Any], *, exists_before: bool) -> PlannedChange:
    text = route_text(route["destination_cidr"], route["target_subnet"])
    return PlannedChange("route", text if exists_before else None, None if exists_before else text)
