"""Reading the network between an endpoint's subnets and the internet, once for each account and region.

IAM, all on resource *: ec2:DescribeRouteTables, DescribeNatGateways, DescribeAddresses, DescribeVpnConnections,
DescribeSubnets, and for endpoints of transit gateways DescribeTransitGatewayAttachments.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from vpn.aws import snapshots
from vpn.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

EVERYWHERE_IPV4: Final = "0.0.0.0/0"
EVERYWHERE_IPV6: Final = "::/0"
# A route has exactly one of these.
TARGETS: Final = (
    "NatGatewayId",
    "GatewayId",
    "TransitGatewayId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "EgressOnlyInternetGatewayId",
    "CoreNetworkArn",
    "NetworkInterfaceId",
)


def network(client: "EC2Client", *, vpc_ids: Collection[str]) -> snapshots.NetworkSnapshot:
    """The network of the VPCs ``vpc_ids``; without any, only the Site-to-Site VPNs. Raises AwsError."""
    with translated():
        return snapshots.NetworkSnapshot(
            route_tables=tuple(_route_tables(client, vpc_ids)) if vpc_ids else (),
            nat_gateways=tuple(_nat_gateways(client, vpc_ids)) if vpc_ids else (),
            elastic_ips=tuple(_elastic_ips(client)) if vpc_ids else (),
            site_to_site_vpns=tuple(_site_to_site_vpns(client)),
        )


def subnets(client: "EC2Client", *, vpc_ids: Collection[str]) -> list[snapshots.Subnet]:
    """DescribeSubnets: all of the VPCs ``vpc_ids``, also those that no endpoint uses. Raises AwsError."""
    if not vpc_ids:
        return []
    with translated():
        pages = client.get_paginator("describe_subnets").paginate(
            Filters=[{"Name": "vpc-id", "Values": sorted(vpc_ids)}]
        )
        return [_subnet(raw) for page in pages for raw in page["Subnets"]]


def client_vpn_attachments(
    client: "EC2Client", *, endpoint_ids: Collection[str]
) -> list[snapshots.ClientVpnAttachment]:
    """DescribeTransitGatewayAttachments: those of these endpoints. Raises AwsError."""
    with translated():
        pages = client.get_paginator("describe_transit_gateway_attachments").paginate(
            Filters=[
                {"Name": "resource-type", "Values": ["client-vpn"]},
                {"Name": "resource-id", "Values": sorted(endpoint_ids)},
            ]
        )
        return [
            snapshots.ClientVpnAttachment(
                attachment_id=raw["TransitGatewayAttachmentId"],
                endpoint_id=raw.get("ResourceId", ""),
                transit_gateway_id=raw.get("TransitGatewayId", ""),
                owner=raw.get("TransitGatewayOwnerId", ""),
                state=raw.get("State", ""),
            )
            for page in pages
            for raw in page["TransitGatewayAttachments"]
        ]


def _subnet(raw: Any) -> snapshots.Subnet:
    name = raw.get("AvailabilityZone", "")
    return snapshots.Subnet(
        subnet_id=raw["SubnetId"],
        vpc_id=raw.get("VpcId", ""),
        # The id is the same in every account; names differ from account to account.
        zone=raw.get("AvailabilityZoneId") or name,
        zone_name=name,
        cidr=raw.get("CidrBlock", ""),
        free=raw.get("AvailableIpAddressCount", 0),
        name=next((tag["Value"] for tag in raw.get("Tags", ()) if tag["Key"] == "Name"), ""),
    )


def _route_tables(client: "EC2Client", vpc_ids: Collection[str]) -> list[snapshots.RouteTable]:
    pages = client.get_paginator("describe_route_tables").paginate(
        Filters=[{"Name": "vpc-id", "Values": sorted(vpc_ids)}]
    )
    return [_route_table(raw) for page in pages for raw in page["RouteTables"]]


def _route_table(raw: Any) -> snapshots.RouteTable:
    associations = [association for association in raw.get("Associations", ()) if _is_associated(association)]
    return snapshots.RouteTable(
        route_table_id=raw["RouteTableId"],
        vpc_id=raw.get("VpcId", ""),
        main=any(association.get("Main", False) for association in associations),
        subnet_ids=tuple(
            association["SubnetId"] for association in associations if association.get("SubnetId")
        ),
        default_ipv4=_default(raw, "DestinationCidrBlock", EVERYWHERE_IPV4),
        default_ipv6=_default(raw, "DestinationIpv6CidrBlock", EVERYWHERE_IPV6),
    )


def _is_associated(association: Any) -> bool:
    return association.get("AssociationState", {}).get("State", "associated") in {"associated", "associating"}


def _default(raw: Any, member: str, everywhere: str) -> snapshots.RouteTarget | None:
    for route in raw.get("Routes", ()):
        if route.get(member) == everywhere:
            target = next((route[name] for name in TARGETS if route.get(name)), "")
            return snapshots.RouteTarget(target, blackhole=route.get("State") == "blackhole")
    return None


def _nat_gateways(client: "EC2Client", vpc_ids: Collection[str]) -> list[snapshots.NatGateway]:
    # This call alone names its parameter "Filter".
    pages = client.get_paginator("describe_nat_gateways").paginate(
        Filter=[{"Name": "vpc-id", "Values": sorted(vpc_ids)}]  # type: ignore[call-arg]
    )
    return [
        snapshots.NatGateway(
            nat_gateway_id=raw["NatGatewayId"],
            state=raw.get("State", ""),
            connectivity=raw.get("ConnectivityType", "public"),
            availability_mode=raw.get("AvailabilityMode", "zonal"),
            addresses=tuple(
                snapshots.NatGatewayAddress(
                    public_ip=address.get("PublicIp", ""),
                    allocation_id=address.get("AllocationId", ""),
                    status=address.get("Status", "succeeded"),
                )
                for address in raw.get("NatGatewayAddresses", ())
            ),
            failure_message=raw.get("FailureMessage", ""),
            may_grow="enabled" in {raw.get("AutoScalingIps"), raw.get("AutoProvisionZones")},
        )
        for page in pages
        for raw in page["NatGateways"]
    ]


def _elastic_ips(client: "EC2Client") -> list[snapshots.ElasticIp]:
    """DescribeAddresses, which has no pages."""
    return [
        snapshots.ElasticIp(
            allocation_id=raw.get("AllocationId", ""),
            public_ip=raw.get("PublicIp", ""),
            service_managed=raw.get("ServiceManaged", ""),
        )
        for raw in client.describe_addresses()["Addresses"]
    ]


def _site_to_site_vpns(client: "EC2Client") -> list[snapshots.SiteToSiteVpnSnapshot]:
    """DescribeVpnConnections, which has no pages. AWS lists deleted connections for a while; they are left out."""
    return [
        snapshots.SiteToSiteVpnSnapshot(
            vpn_connection_id=raw["VpnConnectionId"],
            state=raw.get("State", ""),
            name=next((tag["Value"] for tag in raw.get("Tags", ()) if tag["Key"] == "Name"), ""),
            customer_gateway_id=raw.get("CustomerGatewayId", ""),
            tunnels=tuple(_tunnel(tunnel) for tunnel in raw.get("VgwTelemetry", ())),
        )
        for raw in client.describe_vpn_connections()["VpnConnections"]
        if raw.get("State") != "deleted"
    ]


def _tunnel(raw: Any) -> snapshots.Tunnel:
    changed = raw.get("LastStatusChange")
    return snapshots.Tunnel(
        outside_ip=raw.get("OutsideIpAddress", ""),
        status=raw.get("Status", ""),
        message=raw.get("StatusMessage", ""),
        changed_at=changed.isoformat() if changed else "",
    )
