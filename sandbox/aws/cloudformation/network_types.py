"""A VPC and what is in it, NAT gateways with their addresses, and the Site-to-Site VPN."""

from typing import Any, Final

from sandbox.aws.cloudformation.api import Api
from sandbox.aws.cloudformation.resource_type import Created, Existing, Properties, ResourceType, picked


def _own_id(resource: Existing) -> str:
    return resource.id


def _simple(noun: str, member: str, *names: str) -> ResourceType:
    """A type whose Create action takes its properties as they are, and whose Delete action takes its id."""
    id_name = f"{member}Id"

    def create(api: Api, properties: Properties, _: str) -> Created:
        answer = api("ec2", f"create_{noun}", **picked(properties, *names))[member]
        return Created(answer[id_name], {id_name: answer[id_name]})

    return ResourceType(
        create,
        lambda api, resource: api("ec2", f"delete_{noun}", **{id_name: resource.id}),
        tagged=_own_id,
    )


def _create_vpc(api: Api, properties: Properties, _: str) -> Created:
    vpc_id = api("ec2", "create_vpc", **picked(properties, "CidrBlock", "InstanceTenancy"))["Vpc"]["VpcId"]
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        if name in properties:
            api("ec2", "modify_vpc_attribute", VpcId=vpc_id, **{name: {"Value": properties[name]}})
    return Created(vpc_id, {"VpcId": vpc_id, "CidrBlock": properties["CidrBlock"]})


def _create_subnet(api: Api, properties: Properties, _: str) -> Created:
    wanted = picked(properties, "VpcId", "CidrBlock", "AvailabilityZone", "Ipv6CidrBlock")
    subnet = api("ec2", "create_subnet", **wanted)["Subnet"]
    return Created(
        subnet["SubnetId"],
        {"SubnetId": subnet["SubnetId"], "AvailabilityZone": subnet["AvailabilityZone"]},
    )


def _attach_gateway(api: Api, properties: Properties, _: str) -> Created:
    kind = "InternetGateway" if "InternetGatewayId" in properties else "VpnGateway"
    gateway = properties[f"{kind}Id"]
    method = "attach_internet_gateway" if kind == "InternetGateway" else "attach_vpn_gateway"
    api("ec2", method, **{f"{kind}Id": gateway, "VpcId": properties["VpcId"]})
    return Created(f"{'IGW' if kind == 'InternetGateway' else 'VGW'}|{properties['VpcId']}")


def _detach_gateway(api: Api, resource: Existing) -> None:
    wanted = picked(resource.properties, "VpcId", "InternetGatewayId", "VpnGatewayId")
    method = "detach_internet_gateway" if "InternetGatewayId" in wanted else "detach_vpn_gateway"
    api("ec2", method, **wanted)


def _create_route(api: Api, properties: Properties, _: str) -> Created:
    api("ec2", "create_route", **properties)
    cidr = properties.get("DestinationCidrBlock") or properties.get("DestinationIpv6CidrBlock")
    return Created(f"{properties['RouteTableId']}|{cidr}", {"CidrBlock": cidr})


def _delete_route(api: Api, resource: Existing) -> None:
    names = ("RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock")
    api("ec2", "delete_route", **picked(resource.properties, *names))


def _replace_route(api: Api, _: Existing, properties: Properties) -> None:
    api("ec2", "replace_route", **properties)


def _associate_routes(api: Api, properties: Properties, _: str) -> Created:
    made = api("ec2", "associate_route_table", **picked(properties, "RouteTableId", "SubnetId"))
    return Created(made["AssociationId"], {"Id": made["AssociationId"]})


def _reassociate_routes(api: Api, resource: Existing, properties: Properties) -> None:
    wanted = {"AssociationId": resource.id, "RouteTableId": properties["RouteTableId"]}
    api("ec2", "replace_route_table_association", **wanted)


def _allocate(api: Api, properties: Properties, _: str) -> Created:
    made = api("ec2", "allocate_address", Domain="vpc", **picked(properties, "Address"))
    return Created(made["PublicIp"], {"AllocationId": made["AllocationId"], "PublicIp": made["PublicIp"]})


def _allocation_id(resource: Existing) -> str:
    return str(resource.attributes["AllocationId"])


def _create_nat_gateway(api: Api, properties: Properties, _: str) -> Created:
    wanted = picked(properties, "SubnetId", "AllocationId", "ConnectivityType")
    nat = api("ec2", "create_nat_gateway", **wanted)["NatGateway"]["NatGatewayId"]
    return Created(nat, {"NatGatewayId": nat})


def _nat_gateway_state(api: Api, resource: Existing) -> str:
    gateways = api("ec2", "describe_nat_gateways", NatGatewayIds=[resource.id])["NatGateways"]
    return str(gateways[0]["State"]) if gateways else "deleted"


PERMISSION: Final = ("IpProtocol", "FromPort", "ToPort")


def _permission(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of a template, which has one source, as the API's permission, which has several."""
    described = {"Description": rule["Description"]} if "Description" in rule else {}
    permission = picked(rule, *PERMISSION)
    if "CidrIp" in rule:
        permission["IpRanges"] = [{"CidrIp": rule["CidrIp"], **described}]
    if "CidrIpv6" in rule:
        permission["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **described}]
    return permission


def _create_security_group(api: Api, properties: Properties, name: str) -> Created:
    group = api(
        "ec2",
        "create_security_group",
        GroupName=properties.get("GroupName", name),
        Description=properties["GroupDescription"],
        VpcId=properties["VpcId"],
    )["GroupId"]
    if properties.get("SecurityGroupEgress"):
        # A new group lets everything out; a template's own rules take the place of that.
        everything = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
        for method, rules in (
            ("revoke_security_group_egress", [everything]),
            ("authorize_security_group_egress", properties["SecurityGroupEgress"]),
        ):
            api("ec2", method, GroupId=group, IpPermissions=[_permission(rule) for rule in rules])
    if properties.get("SecurityGroupIngress"):
        rules = [_permission(rule) for rule in properties["SecurityGroupIngress"]]
        api("ec2", "authorize_security_group_ingress", GroupId=group, IpPermissions=rules)
    return Created(group, {"GroupId": group, "Id": group, "VpcId": properties["VpcId"]})


def _create_vpn_connection(api: Api, properties: Properties, _: str) -> Created:
    wanted = picked(properties, "Type", "CustomerGatewayId", "VpnGatewayId", "TransitGatewayId")
    options = picked(properties, "StaticRoutesOnly")
    made = api("ec2", "create_vpn_connection", **wanted, Options=options)["VpnConnection"]["VpnConnectionId"]
    return Created(made, {"VpnConnectionId": made})


def _create_vpn_connection_route(api: Api, properties: Properties, _: str) -> Created:
    api("ec2", "create_vpn_connection_route", **properties)
    return Created(f"{properties['VpnConnectionId']}|{properties['DestinationCidrBlock']}")


def _propagate(api: Api, properties: Properties, name: str) -> Created:
    for table in properties["RouteTableIds"]:
        wanted = {"GatewayId": properties["VpnGatewayId"], "RouteTableId": table}
        api("ec2", "enable_vgw_route_propagation", **wanted)
    return Created(name, {"Id": name})


def _stop_propagation(api: Api, resource: Existing) -> None:
    for table in resource.properties["RouteTableIds"]:
        wanted = {"GatewayId": resource.properties["VpnGatewayId"], "RouteTableId": table}
        api("ec2", "disable_vgw_route_propagation", **wanted)


def _propagate_elsewhere(api: Api, resource: Existing, properties: Properties) -> None:
    _stop_propagation(api, resource)
    _propagate(api, properties, resource.id)


NETWORK_TYPES: Final = {
    "AWS::EC2::VPC": ResourceType(
        _create_vpc, lambda api, r: api("ec2", "delete_vpc", VpcId=r.id), tagged=_own_id
    ),
    "AWS::EC2::Subnet": ResourceType(
        _create_subnet, lambda api, r: api("ec2", "delete_subnet", SubnetId=r.id), tagged=_own_id
    ),
    "AWS::EC2::InternetGateway": _simple("internet_gateway", "InternetGateway"),
    "AWS::EC2::VPCGatewayAttachment": ResourceType(_attach_gateway, _detach_gateway),
    "AWS::EC2::RouteTable": _simple("route_table", "RouteTable", "VpcId"),
    "AWS::EC2::Route": ResourceType(_create_route, _delete_route, update=_replace_route),
    "AWS::EC2::SubnetRouteTableAssociation": ResourceType(
        _associate_routes,
        lambda api, r: api("ec2", "disassociate_route_table", AssociationId=r.id),
        update=_reassociate_routes,
    ),
    "AWS::EC2::EIP": ResourceType(
        _allocate,
        lambda api, r: api("ec2", "release_address", AllocationId=_allocation_id(r)),
        tagged=_allocation_id,
    ),
    "AWS::EC2::NatGateway": ResourceType(
        _create_nat_gateway,
        lambda api, r: api("ec2", "delete_nat_gateway", NatGatewayId=r.id),
        is_ready=lambda api, r: _nat_gateway_state(api, r) == "available",
        is_gone=lambda api, r: _nat_gateway_state(api, r) == "deleted",
        tagged=_own_id,
    ),
    "AWS::EC2::SecurityGroup": ResourceType(
        _create_security_group,
        lambda api, r: api("ec2", "delete_security_group", GroupId=r.id),
        tagged=_own_id,
    ),
    "AWS::EC2::CustomerGateway": _simple(
        "customer_gateway", "CustomerGateway", "Type", "BgpAsn", "IpAddress", "DeviceName"
    ),
    "AWS::EC2::VPNGateway": _simple("vpn_gateway", "VpnGateway", "Type", "AmazonSideAsn"),
    "AWS::EC2::VPNConnection": ResourceType(
        _create_vpn_connection,
        lambda api, r: api("ec2", "delete_vpn_connection", VpnConnectionId=r.id),
        tagged=_own_id,
    ),
    "AWS::EC2::VPNConnectionRoute": ResourceType(
        _create_vpn_connection_route,
        lambda api, r: api("ec2", "delete_vpn_connection_route", **r.properties),
    ),
    "AWS::EC2::VPNGatewayRoutePropagation": ResourceType(
        _propagate, _stop_propagation, update=_propagate_elsewhere
    ),
}
