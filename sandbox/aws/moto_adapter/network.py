"""Tunnels, NAT gateways and routes: what moto leaves out of them."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.route_tables import Route
from moto.ec2.models.vpn_connections import VPNConnection
from moto.ec2.responses import EC2Response

from sandbox.aws.tunnels import Tunnel, new_tunnels
from sandbox.aws.world import WORLD


def replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what."""
    nat = NatGatewayBackend
    return [
        # Moto has no tunnel telemetry, and leaves a route active whose NAT gateway is gone.
        (VPNConnection, "vgw_telemetry", property(_vgw_telemetry)),
        (Route, "state", property(_route_state)),
        (EC2Response, "get_vpn_tunnel_replacement_status", _get_vpn_tunnel_replacement_status),
        (nat, "create_nat_gateway", _create_nat_gateway(nat.create_nat_gateway)),
        (nat, "delete_nat_gateway", _delete_nat_gateway(nat.delete_nat_gateway)),
    ]


def find_tunnels(account: str, region: str, vpn_connection_id: str) -> list[Tunnel] | None:
    """The tunnels of a Site-to-Site VPN connection that moto has; they come up when first looked at."""
    if vpn_connection_id not in ec2_backends[account][region].vpn_connections:
        return None
    known = WORLD.region(account, region).tunnels
    with WORLD.lock:
        return known.setdefault(vpn_connection_id, new_tunnels(vpn_connection_id, now=WORLD.clock.now()))


def _vgw_telemetry(connection: Any) -> list[dict[str, Any]]:
    backend = connection.ec2_backend
    tunnels = find_tunnels(backend.account_id, backend.region_name, connection.id) or []
    return [tunnel.described() for tunnel in tunnels] if connection.state == "available" else []


def _get_vpn_tunnel_replacement_status(response: Any) -> ActionResult:
    """Moto lacks it. EC2 API reference; the code for an address that is no tunnel's isn't published."""
    response.error_on_dryrun()
    vpn_id = response._get_param("VpnConnectionId")
    address = response._get_param("VpnTunnelOutsideIpAddress")
    tunnels = find_tunnels(response.current_account, response.region, vpn_id or "")
    if tunnels is None:
        raise EC2ClientError(
            "InvalidVpnConnectionID.NotFound", f"The vpnConnection ID '{vpn_id}' does not exist"
        )
    tunnel = next((tunnel for tunnel in tunnels if tunnel.outside_ip == address), None)
    if tunnel is None:
        raise EC2ClientError("InvalidParameterValue", f"{vpn_id} has no tunnel with the address {address}")
    connection = ec2_backends[response.current_account][response.region].vpn_connections[vpn_id]
    return ActionResult(
        {
            "VpnConnectionId": vpn_id,
            "CustomerGatewayId": connection.customer_gateway_id,
            "VpnGatewayId": connection.vpn_gateway_id,
            "TransitGatewayId": connection.transit_gateway_id,
            "VpnTunnelOutsideIpAddress": address,
            "MaintenanceDetails": tunnel.replacement_status(),
        }
    )


def _route_state(route: Any) -> str:
    """A route whose NAT gateway is gone is a blackhole (VPC user guide, "Delete a NAT gateway")."""
    nat_gateway = route.nat_gateway
    return "blackhole" if nat_gateway and nat_gateway.state in {"deleting", "deleted", "failed"} else "active"


def _create_nat_gateway(create: Callable[..., Any]) -> Callable[..., Any]:
    """ConnectivityType and the addresses' Status, which moto leaves out."""

    def creating(backend: Any, **arguments: Any) -> Any:
        arguments["connectivity_type"] = arguments.get("connectivity_type") or "public"
        nat_gateway = create(backend, **arguments)
        for address in nat_gateway.address_set:
            address |= {"isPrimary": True, "status": "succeeded"}
        return nat_gateway

    return creating


def _delete_nat_gateway(delete: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def deleting(backend: Any, nat_gateway_id: str) -> Any:
        """Deleting a NAT gateway disassociates its Elastic IP address, but keeps it (VPC user guide)."""
        if nat_gateway_id not in backend.nat_gateways:
            raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
        nat_gateway = delete(backend, nat_gateway_id)
        for address in nat_gateway.address_set:
            eip = next((a for a in backend.addresses if a.allocation_id == address.get("allocationId")), None)
            if eip and eip.association_id:
                backend.disassociate_address(association_id=eip.association_id)
        return nat_gateway

    return deleting
