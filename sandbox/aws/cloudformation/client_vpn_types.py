"""Client VPN's four types.

CloudFormation waits until a change has come through, as AWS's own handlers do.
"""

from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.api import Api
from sandbox.aws.cloudformation.resource_type import (
    Created,
    Existing,
    Properties,
    ResourceFailedError,
    ResourceType,
    is_not_found,
    picked,
)

POLICY: Final = "AuthorizationPolicy"


def _create_endpoint(api: Api, properties: Properties, _: str) -> Created:
    settings = {name: value for name, value in properties.items() if name != POLICY}
    endpoint = api("ec2", "create_client_vpn_endpoint", **settings)["ClientVpnEndpointId"]
    _set_policy(api, endpoint, properties)
    return Created(endpoint, {"Id": endpoint})


def _set_policy(api: Api, endpoint: str, properties: Properties) -> None:
    if POLICY in properties:
        wanted = picked(properties[POLICY], "PolicyDocument", "Description", "ShadowMode")
        method = "modify_client_vpn_endpoint_authorization_policy"
        api("ec2", method, ClientVpnEndpointId=endpoint, **wanted)


def _update_endpoint(api: Api, resource: Existing, properties: Properties) -> None:
    """What is left out of the template isn't reset; whether AWS does so isn't documented."""
    changes = {
        name: value
        for name, value in properties.items()
        if name != POLICY and resource.properties.get(name) != value
    }
    if "DnsServers" in changes:
        servers = changes["DnsServers"]
        changes["DnsServers"] = {"CustomDnsServers": servers, "Enabled": bool(servers)}
    elif resource.properties.get("DnsServers") and "DnsServers" not in properties:
        # Modify has a switch of its own for them.
        changes["DnsServers"] = {"Enabled": False}
    if "SecurityGroupIds" in changes:
        changes["VpcId"] = properties["VpcId"]
    if changes:
        api("ec2", "modify_client_vpn_endpoint", ClientVpnEndpointId=resource.id, **changes)
    if resource.properties.get(POLICY) != properties.get(POLICY):
        _set_policy(api, resource.id, properties)
        if POLICY not in properties:
            method = "delete_client_vpn_endpoint_authorization_policy"
            api("ec2", method, ClientVpnEndpointId=resource.id)


def _endpoint_is_gone(api: Api, resource: Existing) -> bool:
    try:
        api("ec2", "describe_client_vpn_endpoints", ClientVpnEndpointIds=[resource.id])
    except ClientError as error:
        if is_not_found(error):
            return True
        raise
    return False


def _associate(api: Api, properties: Properties, _: str) -> Created:
    made = api("ec2", "associate_client_vpn_target_network", **properties)["AssociationId"]
    return Created(made, {"Id": made})


def _disassociate(api: Api, resource: Existing) -> None:
    wanted = picked(resource.properties, "ClientVpnEndpointId")
    api("ec2", "disassociate_client_vpn_target_network", **wanted, AssociationId=resource.id)


def _association(api: Api, resource: Existing) -> dict[str, Any] | None:
    wanted = picked(resource.properties, "ClientVpnEndpointId")
    networks = _listed(api, "describe_client_vpn_target_networks", "ClientVpnTargetNetworks", wanted)
    return next((network for network in networks if network["AssociationId"] == resource.id), None)


def _listed(api: Api, method: str, member: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Empty where the endpoint is gone, and all that was its own with it."""
    try:
        rows: list[dict[str, Any]] = api("ec2", method, **wanted)[member]
    except ClientError as error:
        if is_not_found(error):
            return []
        raise
    return rows


def _has_come(state: dict[str, Any] | None, resource: Existing, code: str) -> bool:
    if state is None or "failed" in state["Status"]["Code"]:
        message = (state or {}).get("Status", {}).get("Message", "")
        raise ResourceFailedError(f"Exceeded attempts to wait for {resource.id}. {message}".strip())
    return bool(state["Status"]["Code"] == code)


def _authorize(api: Api, properties: Properties, _: str) -> Created:
    api("ec2", "authorize_client_vpn_ingress", **properties)
    group = properties.get("AccessGroupId", "")
    return Created(f"{properties['ClientVpnEndpointId']}|{properties['TargetNetworkCidr']}|{group}")


def _revoke(api: Api, resource: Existing) -> None:
    wanted = picked(resource.properties, "ClientVpnEndpointId", "TargetNetworkCidr", "AccessGroupId")
    everybody = {} if "AccessGroupId" in wanted else {"RevokeAllGroups": True}
    api("ec2", "revoke_client_vpn_ingress", **wanted, **everybody)


def _rule(api: Api, resource: Existing) -> dict[str, Any] | None:
    wanted = picked(resource.properties, "ClientVpnEndpointId")
    rules = _listed(api, "describe_client_vpn_authorization_rules", "AuthorizationRules", wanted)
    key = (resource.properties["TargetNetworkCidr"], resource.properties.get("AccessGroupId", ""))
    return next((rule for rule in rules if (rule["DestinationCidr"], rule["GroupId"]) == key), None)


def _create_route(api: Api, properties: Properties, _: str) -> Created:
    api("ec2", "create_client_vpn_route", **properties)
    subnet = properties.get("TargetVpcSubnetId", "")
    return Created(f"{properties['ClientVpnEndpointId']}|{subnet}|{properties['DestinationCidrBlock']}")


def _delete_route(api: Api, resource: Existing) -> None:
    names = ("ClientVpnEndpointId", "DestinationCidrBlock", "TargetVpcSubnetId")
    # With the association AWS takes away its routes: then there is nothing left to delete.
    if _route(api, resource):
        api("ec2", "delete_client_vpn_route", **picked(resource.properties, *names))


def _route(api: Api, resource: Existing) -> dict[str, Any] | None:
    wanted = picked(resource.properties, "ClientVpnEndpointId")
    routes = _listed(api, "describe_client_vpn_routes", "Routes", wanted)
    key = (resource.properties["DestinationCidrBlock"], resource.properties.get("TargetVpcSubnetId", ""))
    return next((r for r in routes if (r["DestinationCidr"], r.get("TargetSubnet", "")) == key), None)


CLIENT_VPN_TYPES: Final = {
    "AWS::EC2::ClientVpnEndpoint": ResourceType(
        _create_endpoint,
        lambda api, r: api("ec2", "delete_client_vpn_endpoint", ClientVpnEndpointId=r.id),
        update=_update_endpoint,
        is_gone=_endpoint_is_gone,
    ),
    "AWS::EC2::ClientVpnTargetNetworkAssociation": ResourceType(
        _associate,
        _disassociate,
        is_ready=lambda api, r: _has_come(_association(api, r), r, "associated"),
        is_gone=lambda api, r: _association(api, r) is None,
    ),
    "AWS::EC2::ClientVpnAuthorizationRule": ResourceType(
        _authorize,
        _revoke,
        is_ready=lambda api, r: _has_come(_rule(api, r), r, "active"),
        is_gone=lambda api, r: _rule(api, r) is None,
    ),
    "AWS::EC2::ClientVpnRoute": ResourceType(
        _create_route,
        _delete_route,
        is_ready=lambda api, r: _has_come(_route(api, r), r, "active"),
        is_gone=lambda api, r: _route(api, r) is None,
    ),
}
