"""Where an endpoint is associated: in subnets of a VPC, or in Availability Zones of a transit gateway.

Admin guide, "Transit Gateway integration with Client VPN": an endpoint has one kind or the other, decided when it is
created. A place is a subnet's id or a zone's name.
"""

from collections.abc import Mapping
from typing import Any, Final

from vpn.endpoints.models import Endpoint

# The target of a route from client to client, in the place of a subnet
LOCAL: Final = "local"


def has_transit_gateway(endpoint: Endpoint) -> bool:
    return bool(endpoint.settings.get("TransitGatewayConfiguration"))


def transit_gateway_id(endpoint: Endpoint) -> str:
    """Empty: it has subnets of a VPC."""
    return str((endpoint.settings.get("TransitGatewayConfiguration") or {}).get("TransitGatewayId", ""))


def place_name(network: Mapping[str, Any]) -> str:
    """The subnet of a target network as the endpoint's row keeps it, or the zone where it has none."""
    # Snapshots of older versions have no zone.
    return str(network["subnet_id"] or network.get("availability_zone", ""))


def zones(endpoint: Endpoint) -> list[str]:
    """The names of the zones that an endpoint of a transit gateway has, in AWS's order."""
    configuration = endpoint.settings.get("TransitGatewayConfiguration") or {}
    return [str(zone) for zone in configuration.get("AvailabilityZones", ())]
