"""Which function answers which Client VPN action, and what holds for all of them."""

from collections.abc import Callable
from typing import Any, Final

from sandbox.aws import (
    authorization_policy,
    authorization_rules,
    client_configuration,
    connections,
    endpoints,
    revocation_list,
    routes,
    target_networks,
    transit_gateways,
)
from sandbox.aws.advance_time import advance
from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError, missing, not_modelled

ACTIONS: Final[dict[str, Callable[[Call], dict[str, Any]]]] = {
    "CreateClientVpnEndpoint": endpoints.create_client_vpn_endpoint,
    "DescribeClientVpnEndpoints": endpoints.describe_client_vpn_endpoints,
    "ModifyClientVpnEndpoint": endpoints.modify_client_vpn_endpoint,
    "DeleteClientVpnEndpoint": endpoints.delete_client_vpn_endpoint,
    "AssociateClientVpnTargetNetwork": target_networks.associate_client_vpn_target_network,
    "DisassociateClientVpnTargetNetwork": target_networks.disassociate_client_vpn_target_network,
    "DescribeClientVpnTargetNetworks": target_networks.describe_client_vpn_target_networks,
    "ApplySecurityGroupsToClientVpnTargetNetwork": (
        target_networks.apply_security_groups_to_client_vpn_target_network
    ),
    "AuthorizeClientVpnIngress": authorization_rules.authorize_client_vpn_ingress,
    "RevokeClientVpnIngress": authorization_rules.revoke_client_vpn_ingress,
    "DescribeClientVpnAuthorizationRules": authorization_rules.describe_client_vpn_authorization_rules,
    "CreateClientVpnRoute": routes.create_client_vpn_route,
    "DeleteClientVpnRoute": routes.delete_client_vpn_route,
    "DescribeClientVpnRoutes": routes.describe_client_vpn_routes,
    "DescribeClientVpnConnections": connections.describe_client_vpn_connections,
    "TerminateClientVpnConnections": connections.terminate_client_vpn_connections,
    "ExportClientVpnClientConfiguration": client_configuration.export_client_vpn_client_configuration,
    "ImportClientVpnClientCertificateRevocationList": (
        revocation_list.import_client_vpn_client_certificate_revocation_list
    ),
    "ExportClientVpnClientCertificateRevocationList": (
        revocation_list.export_client_vpn_client_certificate_revocation_list
    ),
    "ModifyClientVpnEndpointAuthorizationPolicy": (
        authorization_policy.modify_client_vpn_endpoint_authorization_policy
    ),
    "GetClientVpnEndpointAuthorizationPolicy": (
        authorization_policy.get_client_vpn_endpoint_authorization_policy
    ),
    "DeleteClientVpnEndpointAuthorizationPolicy": (
        authorization_policy.delete_client_vpn_endpoint_authorization_policy
    ),
    "AcceptTransitGatewayClientVpnAttachment": transit_gateways.accept_transit_gateway_client_vpn_attachment,
    "RejectTransitGatewayClientVpnAttachment": transit_gateways.reject_transit_gateway_client_vpn_attachment,
    "DeleteTransitGatewayClientVpnAttachment": transit_gateways.delete_transit_gateway_client_vpn_attachment,
}
# Only changes count towards the limit below; AWS throttles reads in another way, which faults stand for.
READS: Final = ("Describe", "Export", "Get")
# Admin guide, "Client VPN quotas": concurrent operations per endpoint.
CONCURRENT_OPERATIONS: Final = 10


def is_client_vpn(action: str) -> bool:
    return "ClientVpn" in action


def answer(call: Call, *, required: list[str]) -> dict[str, Any]:
    """In AWS's order: permission (moto has checked that), DryRun, the request's form, then what exists."""
    act = ACTIONS.get(call.action)
    if act is None:
        raise not_modelled(call.action)
    # AWS answers a permitted dry run with an error (EC2 API reference, common parameters).
    if call.params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    for name in required:
        if call.params.get(name) in (None, "", []):
            raise missing(name)
    with call.world.lock:
        # States are worked out from the clock, so what is due must be applied before the call looks at it.
        advance(call.world, call.region, call.resources, call.now)
        _check_endpoint(call)
        return act(call)


def _check_endpoint(call: Call) -> None:
    """What every change of an endpoint needs: one that isn't being deleted, and not too many changes at once."""
    endpoint = call.region.endpoints.get(call.text("ClientVpnEndpointId"))
    # CreateClientVpnEndpoint names no endpoint, and one that doesn't exist is refused by the action itself.
    if endpoint is None or call.action.startswith(READS):
        return
    # A second deletion changes nothing. AWS doesn't publish the code; IncorrectState is what others have seen.
    if endpoint.deletion and call.action != "DeleteClientVpnEndpoint":
        raise AwsError("IncorrectState", f"Endpoint {endpoint.id} is being deleted")
    if endpoint.operations(call.now) >= CONCURRENT_OPERATIONS:
        message = "Cannot initiate another change for this endpoint at this time. Please try again later."
        raise AwsError("ConcurrentMutationLimitExceeded", message)
