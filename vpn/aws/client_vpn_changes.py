"""Calls that change Client VPN, and reads that only a change needs. All raise AwsError.

``dry_run`` asks for the permission only, and returns an empty answer if there is one (AccessDenied otherwise): AWS
looks at neither the values nor whether the endpoint exists. ``token`` is AWS's ClientToken (at most 64 characters): the
same call with the same token changes nothing a second time. The calls without one must look before they are repeated.

IAM, on the endpoint unless it says otherwise: ec2:AssociateClientVpnTargetNetwork (on the subnet too),
DisassociateClientVpnTargetNetwork, AuthorizeClientVpnIngress, RevokeClientVpnIngress, CreateClientVpnRoute (on the
subnet too), DeleteClientVpnRoute, ModifyClientVpnEndpoint, ApplySecurityGroupsToClientVpnTargetNetwork (on the security
groups and the VPC too), TerminateClientVpnConnections, ImportClientVpnClientCertificateRevocationList,
ExportClientVpnClientCertificateRevocationList, CreateClientVpnEndpoint (with ec2:CreateTags),
DeleteClientVpnEndpoint, ModifyClientVpnEndpointAuthorizationPolicy, GetClientVpnEndpointAuthorizationPolicy,
DeleteClientVpnEndpointAuthorizationPolicy.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from vpn.aws.answers import Accepted, AuthorizationPolicy, RevocationList, Terminated
from vpn.aws.endpoint_requests import EndpointChanges, NewEndpoint, to_create, to_modify
from vpn.aws.errors import DryRunPassed, translated

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

SHADOW_MODE = {True: "enabled", False: "disabled"}


def associate_target_network(
    client: "EC2Client", *, endpoint_id: str, place: str, token: str, dry_run: bool = False
) -> Accepted:
    """AssociateClientVpnTargetNetwork; ``Accepted.id`` is the association's id.

    ``place``: a subnet's id, or the name of an Availability Zone for an endpoint of a transit gateway. AWS takes 5 to
    15 minutes to associate a subnet, and up to 30.
    """
    member = "SubnetId" if place.startswith("subnet-") else "AvailabilityZone"
    return _change(
        client.associate_client_vpn_target_network,
        {"ClientVpnEndpointId": endpoint_id, member: place, "ClientToken": token},
        dry_run=dry_run,
        made="AssociationId",
    )


def disassociate_target_network(
    client: "EC2Client", *, endpoint_id: str, association_id: str, dry_run: bool = False
) -> Accepted:
    """DisassociateClientVpnTargetNetwork. The last one ends every connection of the endpoint."""
    return _change(
        client.disassociate_client_vpn_target_network,
        {"ClientVpnEndpointId": endpoint_id, "AssociationId": association_id},
        dry_run=dry_run,
    )


def authorize_ingress(
    client: "EC2Client",
    *,
    endpoint_id: str,
    destination_cidr: str,
    group_id: str,
    token: str,
    description: str = "",
    dry_run: bool = False,
) -> Accepted:
    """AuthorizeClientVpnIngress. ``group_id`` empty: everyone who can authenticate."""
    whom = {"AccessGroupId": group_id} if group_id else {"AuthorizeAllGroups": True}
    rule = {"ClientVpnEndpointId": endpoint_id, "TargetNetworkCidr": destination_cidr, **whom}
    return _change(
        client.authorize_client_vpn_ingress,
        rule | _described(description) | {"ClientToken": token},
        dry_run=dry_run,
    )


def revoke_ingress(
    client: "EC2Client", *, endpoint_id: str, destination_cidr: str, group_id: str, dry_run: bool = False
) -> Accepted:
    """RevokeClientVpnIngress. ``group_id`` empty: the rule for everyone; rules for groups stay."""
    whom = {"AccessGroupId": group_id} if group_id else {"RevokeAllGroups": True}
    return _change(
        client.revoke_client_vpn_ingress,
        {"ClientVpnEndpointId": endpoint_id, "TargetNetworkCidr": destination_cidr, **whom},
        dry_run=dry_run,
    )


def create_route(
    client: "EC2Client",
    *,
    endpoint_id: str,
    destination_cidr: str,
    target_subnet: str,
    token: str,
    description: str = "",
    dry_run: bool = False,
) -> Accepted:
    """CreateClientVpnRoute. ``target_subnet``: an associated subnet, or ``local`` for client-to-client traffic.

    Empty: through the transit gateway that the endpoint is attached to.
    """
    route = _route(destination_cidr, target_subnet)
    return _change(
        client.create_client_vpn_route,
        {"ClientVpnEndpointId": endpoint_id, **route, **_described(description), "ClientToken": token},
        dry_run=dry_run,
    )


def delete_route(
    client: "EC2Client", *, endpoint_id: str, destination_cidr: str, target_subnet: str, dry_run: bool = False
) -> Accepted:
    """DeleteClientVpnRoute. AWS refuses it for a route that an association made."""
    route = _route(destination_cidr, target_subnet)
    return _change(
        client.delete_client_vpn_route, {"ClientVpnEndpointId": endpoint_id, **route}, dry_run=dry_run
    )


def apply_security_groups(
    client: "EC2Client",
    *,
    endpoint_id: str,
    vpc_id: str,
    security_groups: Sequence[str],
    dry_run: bool = False,
) -> None:
    """ApplySecurityGroupsToClientVpnTargetNetwork: for all associations; at most five groups, all of this VPC."""
    request = {"VpcId": vpc_id, "SecurityGroupIds": list(security_groups)}
    with translated():
        _ask(
            client.apply_security_groups_to_client_vpn_target_network,
            {"ClientVpnEndpointId": endpoint_id, **request},
            dry_run=dry_run,
        )


def terminate_connection(
    client: "EC2Client", *, endpoint_id: str, connection_id: str, dry_run: bool = False
) -> tuple[Terminated, ...]:
    """TerminateClientVpnConnections for one connection. Raises AlreadyGone where it has ended."""
    # By its id: by user name AWS ends at most five connections, and may not know the names of SAML users.
    with translated():
        answer = _ask(
            client.terminate_client_vpn_connections,
            {"ClientVpnEndpointId": endpoint_id, "ConnectionId": connection_id},
            dry_run=dry_run,
        )
        return tuple(
            Terminated(
                status["ConnectionId"], status["PreviousStatus"]["Code"], status["CurrentStatus"]["Code"]
            )
            for status in answer.get("ConnectionStatuses", ())
        )


def modify_endpoint(
    client: "EC2Client", *, endpoint_id: str, changes: EndpointChanges, dry_run: bool = False
) -> None:
    """ModifyClientVpnEndpoint. AWS may take four hours to apply it; some settings reset every connection."""
    with translated():
        _ask(
            client.modify_client_vpn_endpoint,
            {"ClientVpnEndpointId": endpoint_id, **to_modify(changes)},
            dry_run=dry_run,
        )


def create_endpoint(client: "EC2Client", *, new: NewEndpoint, token: str, dry_run: bool = False) -> Accepted:
    """CreateClientVpnEndpoint; ``Accepted.id`` is the endpoint's id. It is ``pending-associate`` until a subnet is."""
    return _change(
        client.create_client_vpn_endpoint,
        {**to_create(new), "ClientToken": token},
        dry_run=dry_run,
        made="ClientVpnEndpointId",
    )


def delete_endpoint(client: "EC2Client", *, endpoint_id: str, dry_run: bool = False) -> Accepted:
    """DeleteClientVpnEndpoint. Raises StillAssociated until the last target network is disassociated."""
    return _change(client.delete_client_vpn_endpoint, {"ClientVpnEndpointId": endpoint_id}, dry_run=dry_run)


def import_revocation_list(
    client: "EC2Client", *, endpoint_id: str, text: str, dry_run: bool = False
) -> None:
    """ImportClientVpnClientCertificateRevocationList: PEM ``text`` replaces the whole list.

    An expired list keeps everybody out.
    """
    with translated():
        _ask(
            client.import_client_vpn_client_certificate_revocation_list,
            {"ClientVpnEndpointId": endpoint_id, "CertificateRevocationList": text},
            dry_run=dry_run,
        )


def export_revocation_list(client: "EC2Client", *, endpoint_id: str, dry_run: bool = False) -> RevocationList:
    """ExportClientVpnClientCertificateRevocationList; empty where there is none."""
    with translated():
        answer = _ask(
            client.export_client_vpn_client_certificate_revocation_list,
            {"ClientVpnEndpointId": endpoint_id},
            dry_run=dry_run,
        )
        # What AWS answers where no list was ever imported isn't documented, so no member is required.
        status = answer.get("Status", {}).get("Code", "")
        return RevocationList(text=answer.get("CertificateRevocationList", ""), status=status)


def modify_authorization_policy(
    client: "EC2Client",
    *,
    endpoint_id: str,
    document: str,
    token: str,
    description: str = "",
    shadow_mode: bool = False,
    dry_run: bool = False,
) -> Accepted:
    """ModifyClientVpnEndpointAuthorizationPolicy: creates or replaces it. AWS checks its syntax, not its effect."""
    policy = {"PolicyDocument": document, "ShadowMode": SHADOW_MODE[shadow_mode], **_described(description)}
    with translated():
        answer = _ask(
            client.modify_client_vpn_endpoint_authorization_policy,
            {"ClientVpnEndpointId": endpoint_id, **policy, "ClientToken": token},
            dry_run=dry_run,
        )
        return Accepted(status=answer.get("Status", ""))


def get_authorization_policy(
    client: "EC2Client", *, endpoint_id: str, dry_run: bool = False
) -> AuthorizationPolicy:
    """GetClientVpnEndpointAuthorizationPolicy.

    What AWS answers where there is none isn't documented: expect an AwsError, or an empty document.
    """
    with translated():
        answer = _ask(
            client.get_client_vpn_endpoint_authorization_policy,
            {"ClientVpnEndpointId": endpoint_id},
            dry_run=dry_run,
        )
        return AuthorizationPolicy(
            document=answer.get("PolicyDocument", ""),
            description=answer.get("Description", ""),
            shadow_mode=answer.get("ShadowMode") == SHADOW_MODE[True],
            status=answer.get("Status", ""),
        )


def delete_authorization_policy(client: "EC2Client", *, endpoint_id: str, dry_run: bool = False) -> Accepted:
    """DeleteClientVpnEndpointAuthorizationPolicy."""
    with translated():
        answer = _ask(
            client.delete_client_vpn_endpoint_authorization_policy,
            {"ClientVpnEndpointId": endpoint_id},
            dry_run=dry_run,
        )
        return Accepted(status=answer.get("Status", ""))


def _route(destination_cidr: str, target_subnet: str) -> dict[str, str]:
    # AWS takes no target for an endpoint of a transit gateway, not even an empty one.
    target = {"TargetVpcSubnetId": target_subnet} if target_subnet else {}
    return {"DestinationCidrBlock": destination_cidr, **target}


def _described(description: str) -> dict[str, str]:
    return {"Description": description} if description else {}


def _change(call: Callable[..., Any], request: dict[str, Any], *, dry_run: bool, made: str = "") -> Accepted:
    """Make a call that answers with the new status; ``made``: the member with the id of what was created."""
    with translated():
        answer = _ask(call, request, dry_run=dry_run)
        if not answer:
            return Accepted()
        status = answer["Status"]
        return Accepted(status["Code"], status.get("Message", ""), answer[made] if made else "")


def _ask(call: Callable[..., Any], request: dict[str, Any], *, dry_run: bool) -> Any:
    """Make the call; the answer is empty after a dry run that AWS would permit."""
    if not dry_run:
        return call(**request)
    try:
        # A dry run never succeeds: AWS answers with the error DryRunOperation where it would permit the call.
        with translated():
            return call(**request, DryRun=True)
    except DryRunPassed:
        return {}
