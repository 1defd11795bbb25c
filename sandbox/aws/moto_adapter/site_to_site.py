"""Routes of a Site-to-Site VPN, which moto lacks: static ones, and what a virtual private gateway propagates.

EC2 API reference: CreateVpnConnectionRoute, DeleteVpnConnectionRoute, EnableVgwRoutePropagation,
DisableVgwRoutePropagation. What is propagated isn't worked out: the route tables only say from which gateway.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response


def replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what."""
    return [
        (
            EC2Response,
            "create_vpn_connection",
            _create_vpn_connection(EC2Response.create_vpn_connection),
        ),
        (EC2Response, "create_vpn_connection_route", _create_vpn_connection_route),
        (EC2Response, "delete_vpn_connection_route", _delete_vpn_connection_route),
        (EC2Response, "enable_vgw_route_propagation", _enable_propagation),
        (EC2Response, "disable_vgw_route_propagation", _disable_propagation),
    ]


def _create_vpn_connection(create: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """Moto forgets whether routes are static."""

    def creating(response: Any) -> ActionResult:
        answer: Any = create(response)
        static = str((response._get_param("Options") or {}).get("StaticRoutesOnly", False)).lower() == "true"
        connection = answer.result["VpnConnection"]
        connection.options = {"StaticRoutesOnly": static}
        connection.routes = []
        return ActionResult(answer.result)

    return creating


def _connection(response: Any) -> Any:
    vpn_id = response._get_param("VpnConnectionId")
    connection = ec2_backends[response.current_account][response.region].vpn_connections.get(vpn_id)
    if connection is None or connection.state == "deleted":
        message = f"The vpnConnection ID '{vpn_id}' does not exist"
        raise EC2ClientError("InvalidVpnConnectionID.NotFound", message)
    return connection


def _create_vpn_connection_route(response: Any) -> ActionResult:
    connection = _connection(response)
    cidr = response._get_param("DestinationCidrBlock")
    route = {"DestinationCidrBlock": cidr, "Source": "Static", "State": "available"}
    others = [row for row in getattr(connection, "routes", []) if row["DestinationCidrBlock"] != cidr]
    connection.routes = [*others, route]
    return EmptyResult()


def _delete_vpn_connection_route(response: Any) -> ActionResult:
    connection = _connection(response)
    cidr = response._get_param("DestinationCidrBlock")
    routes = getattr(connection, "routes", [])
    connection.routes = [row for row in routes if row["DestinationCidrBlock"] != cidr]
    if len(connection.routes) == len(routes):
        raise EC2ClientError("InvalidRoute.NotFound", f"There is no route to {cidr}")
    return EmptyResult()


def _enable_propagation(response: Any) -> ActionResult:
    return _set_propagation(response, enabled=True)


def _disable_propagation(response: Any) -> ActionResult:
    return _set_propagation(response, enabled=False)


def _set_propagation(response: Any, *, enabled: bool) -> ActionResult:
    """AWS wants the gateway to be attached to the VPC of the route table."""
    table = response.ec2_backend.get_route_table(response._get_param("RouteTableId"))
    gateway = response.ec2_backend.get_vpn_gateway(response._get_param("GatewayId"))
    if enabled and table.vpc_id not in gateway.attachments:
        message = f"{gateway.id} is not attached to {table.vpc_id}"
        raise EC2ClientError("Gateway.NotAttached", message)
    others = [row for row in getattr(table, "propagating_vgws", []) if row["GatewayId"] != gateway.id]
    table.propagating_vgws = [*others, {"GatewayId": gateway.id}] if enabled else others
    return EmptyResult()
