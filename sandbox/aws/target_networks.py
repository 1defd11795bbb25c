"""Associate-, Disassociate-, DescribeClientVpnTargetNetwork(s), ApplySecurityGroupsToClientVpnTargetNetwork.

An endpoint of a VPC has subnets, one of a transit gateway Availability Zones (``transit_gateways``).

Admin guide, "Client VPN target networks": one subnet per Availability Zone, all of one VPC, at least /27 with
20 free addresses, no overlap with the client CIDR; an association adds the VPC's local route by itself.
"""

from typing import Any, Final

from sandbox.aws.account_resources import Subnet
from sandbox.aws.call import Call
from sandbox.aws.connections import end_all
from sandbox.aws.endpoint_settings import checked_groups
from sandbox.aws.errors import AwsError, combination, invalid, missing
from sandbox.aws.idempotency import idempotent
from sandbox.aws.identifiers import new_id
from sandbox.aws.networks import overlaps
from sandbox.aws.paging import filtered, page
from sandbox.aws.records import Association, Endpoint, Route
from sandbox.aws.states import State, moving
from sandbox.aws.transit_gateways import ZONES, add_zone, find_zone

# Admin guide, "Client VPN target networks".
LARGEST_PREFIX: Final = 27
FREE_ADDRESSES: Final = 20


def associate_client_vpn_target_network(call: Call) -> dict[str, Any]:
    return idempotent(call, _associate)


def _associate(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    names = [name for name in ("SubnetId", "AvailabilityZone", "AvailabilityZoneId") if call.text(name)]
    if len(names) > 1:
        raise combination(f"{' and '.join(names)} cannot be used together")
    # Admin guide: "You cannot mix VPC subnet associations and Transit Gateway associations".
    if names and (endpoint.attachment is None) != (names == ["SubnetId"]):
        raise combination(f"{names[0]} is not for this kind of Client VPN endpoint")
    if endpoint.attachment:
        return _associate_zone(call, endpoint)
    subnet = _subnet(call, endpoint)
    groups = endpoint.settings.get("SecurityGroupIds") or [
        call.resources.default_security_group(subnet.vpc_id)
    ]
    token = call.text("ClientToken")
    association = Association(
        id=new_id("cvpn-assoc", *((endpoint.id, token) if token else ())),
        number=call.world.next_number(),
        vpc_id=subnet.vpc_id,
        subnet_id=subnet.id,
        availability_zone=subnet.availability_zone,
        availability_zone_id=subnet.availability_zone_id,
        security_groups=list(groups),
        state=_outcome(call),
    )
    endpoint.associations[association.id] = association
    # The first association binds the endpoint to the VPC; later ones must be of the same.
    endpoint.settings = {**endpoint.settings, "VpcId": subnet.vpc_id, "SecurityGroupIds": list(groups)}
    if association.state.then == "associated":
        _add_local_routes(call, endpoint, association)
    return {"AssociationId": association.id, "Status": {"Code": "associating"}}


def _associate_zone(call: Call, endpoint: Endpoint) -> dict[str, Any]:
    name, zone_id = call.text("AvailabilityZone"), call.text("AvailabilityZoneId")
    if not name and not zone_id:
        raise missing("AvailabilityZone")
    zone = find_zone(call, name=name, zone_id=zone_id)
    live = [a for a in endpoint.associations.values() if a.state.at(call.now) != "association-failed"]
    if any(association.availability_zone == zone.name for association in live):
        raise AwsError("InvalidClientVpnDuplicateAssociationException", f"{zone.name} is already associated")
    if len(live) >= ZONES:
        raise invalid(f"A Client VPN endpoint can have up to {ZONES} Availability Zones")
    association = add_zone(call, endpoint, zone, token=call.text("ClientToken"))
    if call.world.associations_to_fail and association.state.due:
        association.state = _outcome(call)
    return {"AssociationId": association.id, "Status": {"Code": "associating"}}


def _outcome(call: Call) -> State:
    due = call.now + call.pace.associate
    if call.world.associations_to_fail:
        call.world.associations_to_fail -= 1
        message = "The association failed (a fault of the sandbox; AWS's wording is not published)"
        return moving("associating", then="association-failed", due=due, message=message)
    return moving("associating", then="associated", due=due)


def _add_local_routes(call: Call, endpoint: Endpoint, association: Association) -> None:
    """The VPC's own CIDRs of the versions that the traffic has, which AWS describes as "Default Route"."""
    cidrs = call.resources.vpc_cidrs(association.vpc_id)
    for cidr in (cidr for cidr in cidrs if cidr.version in endpoint.ip_versions):
        state = moving("creating", then="active", due=call.now + call.pace.associate)
        number = call.world.next_number()
        route = Route(number, str(cidr), association.subnet_id, "associate", "Default Route", state)
        endpoint.routes.append(route)


def _subnet(call: Call, endpoint: Endpoint) -> Subnet:
    subnet_id = call.text("SubnetId")
    if not subnet_id:
        raise missing("SubnetId")
    subnet = call.resources.subnet(subnet_id)
    if subnet is None:
        raise AwsError("InvalidClientVpnSubnetId.NotFound", f"The subnet {subnet_id} does not exist")
    if subnet.owner != call.region.account:
        raise AwsError(
            "InvalidClientVpnSubnetId.DifferentAccount", f"The subnet {subnet_id} is in another account"
        )
    _check_against_endpoint(call, endpoint, subnet)
    if subnet.cidr.prefixlen > LARGEST_PREFIX or subnet.free_addresses < FREE_ADDRESSES:
        raise invalid(
            f"The subnet {subnet_id} must be at least /27 and have at least 20 available IP addresses"
        )
    # Admin guide, "IPv6 considerations": for IPv6 or dual-stack traffic.
    if 6 in endpoint.ip_versions and not subnet.has_ipv6:
        raise invalid(f"The subnet {subnet_id} must have an IPv6 CIDR block")
    return subnet


def _check_against_endpoint(call: Call, endpoint: Endpoint, subnet: Subnet) -> None:
    """Failed associations don't count: AWS lets one try again."""
    live = [a for a in endpoint.associations.values() if a.state.at(call.now) != "association-failed"]
    if any(association.subnet_id == subnet.id for association in live):
        raise AwsError("InvalidClientVpnDuplicateAssociationException", f"{subnet.id} is already associated")
    if any(association.availability_zone == subnet.availability_zone for association in live):
        code = "InvalidClientVpnSubnetId.DuplicateAz"
        raise AwsError(code, f"A subnet in {subnet.availability_zone} is already associated")
    # EC2 API reference, AssociateClientVpnTargetNetwork: a VPC that Create named binds too; Modify changes it.
    if endpoint.settings.get("VpcId") not in {None, subnet.vpc_id}:
        raise invalid(f"{subnet.id} is not in the VPC of the endpoint, {endpoint.settings['VpcId']}")
    client_cidr = endpoint.client_cidr
    if client_cidr and any(overlaps(client_cidr, cidr) for cidr in call.resources.vpc_cidrs(subnet.vpc_id)):
        code = "InvalidClientVpnSubnetId.OverlappingCidr"
        raise AwsError(code, f"The client CIDR {client_cidr} overlaps with the VPC of {subnet.id}")


def disassociate_client_vpn_target_network(call: Call) -> dict[str, Any]:
    """The subnet's routes go with it; with the last association every connection ends."""
    endpoint = call.endpoint()
    association = _association(call, endpoint)
    due = call.now + call.pace.disassociate
    if association.state.at(call.now) != "disassociating":
        association.state = moving("disassociating", due=due)
    # A transit gateway's routes name no zone. That they outlive the last one is our reading: AWS doesn't say.
    for route in endpoint.routes:
        if association.subnet_id and route.subnet_id == association.subnet_id:
            route.state = moving("deleting", due=due)
    others = {a.state.at(call.now) for a in endpoint.associations.values() if a is not association}
    if not others & {"associated", "associating"}:
        end_all(call.world, call.region, endpoint, cause="disassociated", at=call.now)
    return {"AssociationId": association.id, "Status": {"Code": "disassociating"}}


def _association(call: Call, endpoint: Endpoint) -> Association:
    association = endpoint.associations.get(call.required("AssociationId"))
    if not association:
        # Without a dot: EC2's list of error codes writes this one so.
        raise AwsError(
            "InvalidClientVpnAssociationIdNotFound", f"{call.text('AssociationId')} does not exist"
        )
    return association


def describe_client_vpn_target_networks(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    wanted = call.params.get("AssociationIds") or []
    for association_id in wanted:
        if association_id not in endpoint.associations:
            raise AwsError("InvalidClientVpnAssociationIdNotFound", f"{association_id} does not exist")
    networks = [a for a in endpoint.associations.values() if not wanted or a.id in wanted]
    values = {
        "association-id": lambda association: association.id,
        "target-network-id": lambda association: association.subnet_id,
        "vpc-id": lambda association: association.vpc_id,
    }
    kept = filtered(call, networks, values)
    return page(
        call, "ClientVpnTargetNetworks", kept, lambda association: _described(call, endpoint, association)
    )


def _described(call: Call, endpoint: Endpoint, association: Association) -> dict[str, Any]:
    described = {
        "AssociationId": association.id,
        "ClientVpnEndpointId": endpoint.id,
        "Status": association.state.described(call.now),
    }
    if not association.subnet_id:
        zones = {"AvailabilityZones": [association.availability_zone]}
        return {**described, **zones, "AvailabilityZoneIds": [association.availability_zone_id]}
    return {
        **described,
        "VpcId": association.vpc_id,
        "TargetNetworkId": association.subnet_id,
        "SecurityGroups": association.security_groups,
    }


def apply_security_groups_to_client_vpn_target_network(call: Call) -> dict[str, Any]:
    """Replaces the groups of every association of the endpoint in that VPC."""
    endpoint = call.endpoint()
    vpc_id = call.required("VpcId")
    if endpoint.attachment:
        raise combination("Security groups cannot be used with a transit gateway")
    if not call.params.get("SecurityGroupIds"):
        raise missing("SecurityGroupId")
    groups = checked_groups(call, vpc_id, call.params["SecurityGroupIds"])
    if endpoint.settings.get("VpcId") not in {None, vpc_id}:
        raise invalid(f"The endpoint is not associated with VPC {vpc_id}")
    endpoint.settings = {**endpoint.settings, "VpcId": vpc_id, "SecurityGroupIds": groups}
    for association in endpoint.associations.values():
        association.security_groups = groups
    return {"SecurityGroupIds": groups}
