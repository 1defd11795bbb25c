"""The seed's networks: a VPC whose private subnet leaves by a NAT gateway, and the line to the office."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from sandbox.company import EndpointSeed

PUBLIC: Final = 0
PRIVATE: Final = 1
EVERYWHERE: Final = "0.0.0.0/0"
EVERYWHERE_V6: Final = "::/0"


@dataclass(frozen=True)
class Network:
    vpc_id: str
    public_subnet_id: str
    private_subnet_id: str
    internet_gateway_id: str
    allocation_id: str
    nat_gateway_id: str
    public_route_table_id: str
    private_route_table_id: str


@dataclass(frozen=True)
class SiteToSite:
    customer_gateway_id: str
    vpn_gateway_id: str
    vpn_connection_id: str


class Finder:
    """Finds EC2 resources by their Name tag, or makes them and tags them with it."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2

    def find_or_make(self, kind: str, name: str, make: Callable[[dict[str, Any]], str]) -> str:
        """``make`` gets the TagSpecifications argument that goes with the name."""
        filters = [{"Name": "key", "Values": ["Name"]}, {"Name": "value", "Values": [name]}]
        filters.append({"Name": "resource-type", "Values": [kind]})
        described = self.ec2.describe_tags(Filters=filters)["Tags"]
        if described:
            return str(described[0]["ResourceId"])
        tags = [{"Key": "Name", "Value": name}, {"Key": "genkan:sandbox", "Value": "seed"}]
        return make({"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]})


def ensure_network(finder: Finder, place: EndpointSeed) -> Network:
    ec2, name = finder.ec2, place.label
    vpc = finder.find_or_make(
        "vpc",
        f"{name}-vpc",
        lambda tags: str(
            ec2.create_vpc(
                CidrBlock=place.vpc_cidr, AmazonProvidedIpv6CidrBlock=place.ip_address_type != "ipv4", **tags
            )["Vpc"]["VpcId"]
        ),
    )
    subnets = [_subnet(finder, place, vpc, index) for index in (PUBLIC, PRIVATE)]
    gateway = finder.find_or_make("internet-gateway", f"{name}-igw", lambda tags: _gateway(ec2, vpc, tags))
    allocation = _allocation(ec2, place)
    nat = _nat_gateway(finder, name, subnets[PUBLIC], allocation)
    public = _route_table(finder, f"{name}-public", vpc, subnets[PUBLIC], {"GatewayId": gateway})
    private = _route_table(finder, f"{name}-private", vpc, subnets[PRIVATE], {"NatGatewayId": nat})
    return Network(vpc, subnets[PUBLIC], subnets[PRIVATE], gateway, allocation, nat, public, private)


def _subnet(finder: Finder, place: EndpointSeed, vpc: str, index: int) -> str:
    ec2 = finder.ec2
    cidr = str(list(ip_network(place.vpc_cidr).subnets(new_prefix=24))[index])
    blocks = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0].get("Ipv6CidrBlockAssociationSet", [])
    v6 = [list(ip_network(block["Ipv6CidrBlock"]).subnets(new_prefix=64))[index] for block in blocks]
    cidrs = {"CidrBlock": cidr} | ({"Ipv6CidrBlock": str(v6[0])} if v6 else {})
    word = ("public", "private")[index]
    return finder.find_or_make(
        "subnet",
        f"{place.label}-{word}",
        lambda tags: str(
            ec2.create_subnet(VpcId=vpc, **cidrs, AvailabilityZone=f"{place.region}a", **tags)["Subnet"][
                "SubnetId"
            ]
        ),
    )


def _gateway(ec2: Any, vpc: str, tags: dict[str, Any]) -> str:
    gateway = str(ec2.create_internet_gateway(**tags)["InternetGateway"]["InternetGatewayId"])
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return gateway


def _allocation(ec2: Any, place: EndpointSeed) -> str:
    # By address and not by tag: the portal's settings name this very address.
    for address in ec2.describe_addresses()["Addresses"]:
        if address["PublicIp"] == place.egress_ip:
            return str(address["AllocationId"])
    return str(ec2.allocate_address(Domain="vpc", Address=place.egress_ip)["AllocationId"])


def _nat_gateway(finder: Finder, name: str, subnet: str, allocation: str) -> str:
    ec2 = finder.ec2
    return finder.find_or_make(
        "natgateway",
        f"{name}-nat",
        lambda tags: str(
            ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation, **tags)["NatGateway"][
                "NatGatewayId"
            ]
        ),
    )


def _route_table(finder: Finder, name: str, vpc: str, subnet: str, target: dict[str, str]) -> str:
    ec2 = finder.ec2

    def make(tags: dict[str, Any]) -> str:
        table = str(ec2.create_route_table(VpcId=vpc, **tags)["RouteTable"]["RouteTableId"])
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, **target)
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return table

    return finder.find_or_make("route-table", name, make)


def ensure_site_to_site(
    ec2: Any,
    *,
    name: str,
    vpc_id: str,
    private_route_table_id: str,
    office_address: str,
    office_lan: str,
) -> SiteToSite:
    """Customer gateway, virtual private gateway and the VPN connection between them."""
    finder = Finder(ec2)
    customer = finder.find_or_make(
        "customer-gateway",
        f"{name}-cgw",
        lambda tags: str(
            ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, IpAddress=office_address, **tags)[
                "CustomerGateway"
            ]["CustomerGatewayId"]
        ),
    )

    def make_gateway(tags: dict[str, Any]) -> str:
        gateway = str(ec2.create_vpn_gateway(Type="ipsec.1", **tags)["VpnGateway"]["VpnGatewayId"])
        ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=vpc_id)
        # A static route instead of propagation by BGP, which moto doesn't model.
        route = {"DestinationCidrBlock": office_lan, "GatewayId": gateway}
        ec2.create_route(RouteTableId=private_route_table_id, **route)
        return gateway

    gateway = finder.find_or_make("vpn-gateway", f"{name}-vgw", make_gateway)
    connection = finder.find_or_make(
        "vpn-connection",
        name,
        lambda tags: str(
            ec2.create_vpn_connection(
                Type="ipsec.1", CustomerGatewayId=customer, VpnGatewayId=gateway, **tags
            )["VpnConnection"]["VpnConnectionId"]
        ),
    )
    return SiteToSite(customer, gateway, connection)
