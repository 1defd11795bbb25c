"""Admin guide, "IPv6 considerations for AWS Client VPN"."""

import json
from typing import Any

import pytest

from sandbox.aws.control import Control
from sandbox.company import HOME_ADDRESS_V6, TOKYO
from tests.sandbox.aws.account import Account, refused


@pytest.fixture
def subnet(account: Account) -> str:
    """In a VPC with IPv6."""
    ec2 = account.ec2
    vpc = ec2.create_vpc(CidrBlock="10.6.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    account.vpc = vpc["VpcId"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    answer = ec2.create_subnet(
        VpcId=account.vpc, CidrBlock="10.6.0.0/24", Ipv6CidrBlock=block.replace("/56", "/64")
    )
    return str(answer["Subnet"]["SubnetId"])


def connect(control: Control, endpoint: str) -> None:
    place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": endpoint}
    control.connect(**place, username="m.tanaka@example.co.jp", device_ip=HOME_ADDRESS_V6)


def endpoint_with(account: Account, traffic: str, subnet: str, **changes: Any) -> str:
    endpoint = account.endpoint(EndpointIpAddressType="dual-stack", TrafficIpAddressType=traffic, **changes)
    account.associate(endpoint, subnet)
    return endpoint


def last_event(account: Account, endpoint: str) -> dict[str, str]:
    events = account.client("logs").filter_log_events(logGroupName="vpn", filterPattern=f'"{endpoint}"')[
        "events"
    ]
    return dict(json.loads(events[-1]["message"]))


def test_a_dual_stack_endpoint_has_both_local_routes_and_both_kinds_of_rules(
    account: Account, subnet: str
) -> None:
    endpoint, ec2 = endpoint_with(account, "dual-stack", subnet), account.ec2
    described = account.described(endpoint)
    assert (described["EndpointIpAddressType"], described["TrafficIpAddressType"]) == ("dual-stack",) * 2
    assert [":" in route["DestinationCidr"] for route in account.routes(endpoint)] == [False, True]
    for cidr in ("0.0.0.0/0", "::/0"):
        ec2.create_client_vpn_route(
            ClientVpnEndpointId=endpoint, DestinationCidrBlock=cidr, TargetVpcSubnetId=subnet
        )
        ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint, TargetNetworkCidr=cidr, AuthorizeAllGroups=True
        )
    assert {rule["DestinationCidr"] for rule in account.rules(endpoint)} == {"0.0.0.0/0", "::/0"}


def test_clients_have_an_address_of_each_version_that_the_traffic_has(
    account: Account, subnet: str, control: Control
) -> None:
    addresses = {}
    for traffic in ("dual-stack", "ipv6"):
        endpoint = endpoint_with(account, traffic, subnet)
        connect(control, endpoint)
        answer = account.ec2.describe_client_vpn_connections(ClientVpnEndpointId=endpoint)
        connection = answer["Connections"][0]
        addresses[traffic] = (connection["ClientIp"], connection["ClientIpv6Address"].partition("::")[2])
        logged = last_event(account, endpoint)
        assert logged["client-ip-v6"] == connection["ClientIpv6Address"]
        assert logged["client-ip"] == connection["ClientIp"].replace("-", "NA")
    assert addresses == {"dual-stack": ("10.20.0.2", "2"), "ipv6": ("-", "2")}


def test_aws_assigns_the_clients_ipv6_network(account: Account, subnet: str) -> None:
    arguments = account.endpoint_arguments(TrafficIpAddressType="ipv6")
    del arguments["ClientCidrBlock"]
    endpoint = account.ec2.create_client_vpn_endpoint(**arguments)["ClientVpnEndpointId"]
    assert "ClientCidrBlock" not in account.described(endpoint)
    account.associate(endpoint, subnet)
    assert [":" in route["DestinationCidr"] for route in account.routes(endpoint)] == [True]
    with refused("MissingParameter"):
        account.ec2.create_client_vpn_endpoint(**{**arguments, "TrafficIpAddressType": "dual-stack"})


def test_ipv6_traffic_needs_a_subnet_with_ipv6(account: Account) -> None:
    endpoint = account.endpoint(TrafficIpAddressType="dual-stack")
    with refused("InvalidParameterValue"):
        account.associate(endpoint, account.subnet_a)


def test_destinations_are_of_the_traffic_s_versions(account: Account) -> None:
    endpoint = account.associated_endpoint()
    with refused("InvalidParameterValue"):
        account.ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint, TargetNetworkCidr="::/0", AuthorizeAllGroups=True
        )
    with refused("InvalidParameterValue"):
        account.ec2.create_client_vpn_route(
            ClientVpnEndpointId=endpoint, DestinationCidrBlock="::/0", TargetVpcSubnetId=account.subnet_a
        )


@pytest.mark.parametrize("name", ["EndpointIpAddressType", "TrafficIpAddressType"])
def test_an_address_type_that_does_not_exist_is_refused(account: Account, name: str) -> None:
    with refused("InvalidParameterValue"):
        account.endpoint(**{name: "ipv5"})
    with refused("InvalidParameterValue"):
        account.endpoint(DnsServers=["not-an-ip"])
