"""The egress chain: from an endpoint's subnets to the addresses that the internet sees, or why it breaks.

The chain (AWS: "Access to the internet", "How Client VPN works"): client -> endpoint's network interface in an
associated subnet, which translates the source -> the subnet's route table -> NAT gateway -> its Elastic IP addresses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_network
from typing import Final

from vpn.aws.snapshots import (
    AuthorizationRule,
    EndpointSnapshot,
    NatGateway,
    NetworkSnapshot,
    Route,
    RouteTable,
    TargetNetwork,
)

# What stands for the internet, by AWS's TrafficIpAddressType. Of both, the IPv4 way counts: only that is translated.
EVERYWHERE: Final = {"ipv6": ip_network("::/0")}
EVERYWHERE_IPV4: Final = ip_network("0.0.0.0/0")


class EgressReason(StrEnum):
    """Why a subnet has no fixed egress IP, or a doubtful one. Words: vpn/endpoints/reasons.py."""

    NO_TARGET_NETWORK = "no-target-network"
    NOT_ASSOCIATED = "not-associated"
    NO_ENDPOINT_ROUTE = "no-endpoint-route"
    NO_AUTHORIZATION_RULE = "no-authorization-rule"
    NO_ROUTE_TABLE = "no-route-table"
    NO_DEFAULT_ROUTE = "no-default-route"
    BLACKHOLE = "blackhole"
    INTERNET_GATEWAY = "internet-gateway"
    OTHER_TARGET = "other-target"
    TRANSIT_GATEWAY = "transit-gateway"
    NAT_GATEWAY_GONE = "nat-gateway-gone"
    NAT_GATEWAY_NOT_AVAILABLE = "nat-gateway-not-available"
    NAT_GATEWAY_PRIVATE = "nat-gateway-private"
    NO_ADDRESS = "no-address"
    ADDRESS_MANAGED_BY_AWS = "address-managed-by-aws"
    ADDRESSES_MAY_GROW = "addresses-may-grow"
    ADDRESSES_DECLARED = "addresses-declared"
    SPLIT_TUNNEL = "split-tunnel"
    IPV6_NOT_TRANSLATED = "ipv6-not-translated"


# With these there is an address, but it may change, or not all traffic gets that far.
WARNINGS: Final = frozenset(
    {
        EgressReason.ADDRESS_MANAGED_BY_AWS,
        EgressReason.ADDRESSES_MAY_GROW,
        EgressReason.ADDRESSES_DECLARED,
        EgressReason.NO_AUTHORIZATION_RULE,
        EgressReason.SPLIT_TUNNEL,
        EgressReason.IPV6_NOT_TRANSLATED,
    }
)
# With these there is no way to the internet at all.
DEAD_ENDS: Final = frozenset(
    {
        EgressReason.NO_DEFAULT_ROUTE,
        EgressReason.BLACKHOLE,
        EgressReason.NAT_GATEWAY_GONE,
        EgressReason.NAT_GATEWAY_NOT_AVAILABLE,
        EgressReason.NAT_GATEWAY_PRIVATE,
        EgressReason.NO_ADDRESS,
    }
)
# With these the way goes on where this account's read permissions end: in another VPC, account or appliance.
OUT_OF_SIGHT: Final = frozenset({EgressReason.TRANSIT_GATEWAY, EgressReason.OTHER_TARGET})
# What the VPC's route tables and gateways say of a subnet; the other reasons are about the endpoint.
SUBNET_REASONS: Final = DEAD_ENDS | {
    EgressReason.NO_ROUTE_TABLE,
    EgressReason.INTERNET_GATEWAY,
    EgressReason.OTHER_TARGET,
    EgressReason.TRANSIT_GATEWAY,
    EgressReason.ADDRESS_MANAGED_BY_AWS,
    EgressReason.ADDRESSES_MAY_GROW,
}


@dataclass(frozen=True)
class SubnetEgress:
    """``via`` is the last thing the chain reached (``rtb-…``, ``nat-…``); ``addresses`` are public IPv4 addresses.

    ``subnet_id`` is the Availability Zone where the endpoint is attached to a transit gateway.
    """

    subnet_id: str
    via: str
    addresses: tuple[str, ...]
    reasons: tuple[EgressReason, ...]


def find_egress(
    endpoint: EndpointSnapshot,
    target_networks: Sequence[TargetNetwork],
    routes: Sequence[Route],
    rules: Sequence[AuthorizationRule],
    network: NetworkSnapshot,
    *,
    declared: Sequence[str] = (),
) -> list[SubnetEgress]:
    """One entry a target network, in AWS's order. None at all: see NO_TARGET_NETWORK.

    ``declared``: the addresses that an administrator has stated (VPN_DECLARED_EGRESS). They count only where the way
    can't be followed; what AWS shows counts more.
    """
    if not target_networks:
        return [SubnetEgress("", "", (), (EgressReason.NO_TARGET_NETWORK,))]
    warnings = _warnings(endpoint, rules)
    everywhere = [
        route
        for route in routes
        if route.status == "active" and _is_everywhere(route.destination_cidr, endpoint)
    ]
    routed = {route.target_subnet for route in everywhere}
    subnets = [
        _subnet(endpoint, target, network, routed=target.subnet_id in routed, warnings=warnings)
        for target in target_networks
    ]
    return [_with_declared(subnet, declared) for subnet in subnets]


def _with_declared(subnet: SubnetEgress, declared: Sequence[str]) -> SubnetEgress:
    if not declared or not OUT_OF_SIGHT & {*subnet.reasons}:
        return subnet
    kept = tuple(reason for reason in subnet.reasons if reason not in OUT_OF_SIGHT)
    return replace(subnet, addresses=tuple(declared), reasons=(*kept, EgressReason.ADDRESSES_DECLARED))


def unique_addresses(subnets: Iterable[SubnetEgress]) -> list[str]:
    """Clients are spread over the subnets, so the endpoint's egress IPs are those of all of them."""
    return sorted({address for subnet in subnets for address in subnet.addresses})


def _is_everywhere(cidr: str, endpoint: EndpointSnapshot) -> bool:
    try:
        return ip_network(cidr) == EVERYWHERE.get(endpoint.traffic_ip_address_type, EVERYWHERE_IPV4)
    except ValueError:
        return False


def _warnings(endpoint: EndpointSnapshot, rules: Iterable[AuthorizationRule]) -> tuple[EgressReason, ...]:
    """What is true of all of the endpoint's subnets. AWS translates the source of IPv4 traffic only."""
    allowed = any(
        rule.status == "active" and _is_everywhere(rule.destination_cidr, endpoint) for rule in rules
    )
    conditions = {
        EgressReason.NO_AUTHORIZATION_RULE: not allowed,
        EgressReason.SPLIT_TUNNEL: endpoint.split_tunnel,
        EgressReason.IPV6_NOT_TRANSLATED: endpoint.traffic_ip_address_type != "ipv4",
    }
    return tuple(reason for reason, holds in conditions.items() if holds)


def _subnet(
    endpoint: EndpointSnapshot,
    target: TargetNetwork,
    network: NetworkSnapshot,
    *,
    routed: bool,
    warnings: tuple[EgressReason, ...],
) -> SubnetEgress:
    # In the order of the traffic: the first break is the one to mend, and what lies behind it can't be judged.
    if target.status != "associated":
        return SubnetEgress(target.place, "", (), (EgressReason.NOT_ASSOCIATED,))
    if not routed:
        return SubnetEgress(target.place, "", (), (*warnings, EgressReason.NO_ENDPOINT_ROUTE))
    # No VPC between: the way goes on in the transit gateway's route tables, often in another account.
    if endpoint.transit_gateway_id:
        via = endpoint.transit_gateway_id
        return SubnetEgress(target.place, via, (), (*warnings, EgressReason.TRANSIT_GATEWAY))
    # AWS doesn't translate IPv6, so behind no gateway is there an address that is the same for all.
    if endpoint.traffic_ip_address_type == "ipv6":
        return SubnetEgress(target.place, "", (), warnings)
    way = way_out(target.subnet_id, target.vpc_id, network)
    return replace(way, reasons=(*warnings, *way.reasons))


def way_out(subnet_id: str, vpc_id: str, network: NetworkSnapshot) -> SubnetEgress:
    """Where the VPC sends what leaves this subnet for the internet, whether or not an endpoint uses the subnet."""
    table = _route_table(subnet_id, vpc_id, network)
    if table is None:
        return SubnetEgress(subnet_id, "", (), (EgressReason.NO_ROUTE_TABLE,))
    route = table.default_ipv4
    if route is None:
        return SubnetEgress(subnet_id, table.route_table_id, (), (EgressReason.NO_DEFAULT_ROUTE,))
    if route.blackhole:
        return SubnetEgress(subnet_id, route.target, (), (EgressReason.BLACKHOLE,))
    if not route.target.startswith("nat-"):
        kinds = {"igw": EgressReason.INTERNET_GATEWAY, "tgw": EgressReason.TRANSIT_GATEWAY}
        reason = kinds.get(route.target.partition("-")[0], EgressReason.OTHER_TARGET)
        return SubnetEgress(subnet_id, route.target, (), (reason,))
    addresses, reasons = _nat_gateway(route.target, network)
    return SubnetEgress(subnet_id, route.target, addresses, reasons)


def _route_table(subnet_id: str, vpc_id: str, network: NetworkSnapshot) -> RouteTable | None:
    """The subnet's own route table; without one, the main table of its VPC."""
    tables = [table for table in network.route_tables if table.vpc_id == vpc_id]
    own = next((table for table in tables if subnet_id in table.subnet_ids), None)
    return own or next((table for table in tables if table.main), None)


def _nat_gateway(
    nat_gateway_id: str, network: NetworkSnapshot
) -> tuple[tuple[str, ...], tuple[EgressReason, ...]]:
    gateway = next(
        (gateway for gateway in network.nat_gateways if gateway.nat_gateway_id == nat_gateway_id), None
    )
    # AWS goes on listing a deleted gateway for about an hour.
    if gateway is None or gateway.state in {"deleting", "deleted"}:
        return (), (EgressReason.NAT_GATEWAY_GONE,)
    if gateway.state != "available":
        return (), (EgressReason.NAT_GATEWAY_NOT_AVAILABLE,)
    if gateway.connectivity != "public":
        return (), (EgressReason.NAT_GATEWAY_PRIVATE,)
    # A secondary address that is still being assigned, or that failed, carries no traffic.
    usable = [address for address in gateway.addresses if address.public_ip and address.status == "succeeded"]
    if not usable:
        return (), (EgressReason.NO_ADDRESS,)
    addresses = tuple(address.public_ip for address in usable)
    if _is_managed(gateway, addresses, network):
        return addresses, (EgressReason.ADDRESS_MANAGED_BY_AWS,)
    return addresses, (EgressReason.ADDRESSES_MAY_GROW,) if gateway.may_grow else ()


def _is_managed(gateway: NatGateway, addresses: Iterable[str], network: NetworkSnapshot) -> bool:
    """A regional NAT gateway may add addresses of AWS's by itself, and they need not be listed as ours."""
    managed = {ip.public_ip for ip in network.elastic_ips if ip.service_managed}
    own = {ip.public_ip for ip in network.elastic_ips} - managed
    regional = gateway.availability_mode == "regional"
    return any(address in managed or (regional and address not in own) for address in addresses)
