from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.aws.seed import Architecture, administrator, seed
from sandbox.aws.seed_kinds import seed_kinds
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.aws.server import AwsServer
from sandbox.company import EMPLOYEES, ENGINEERING, EXTERNAL_ID, HUB, OFFICE_LAN, OSAKA, TOKYO


@pytest.fixture(scope="module")
def aws(aws_server: AwsServer) -> AwsServer:
    aws_server.reset()
    return aws_server


@pytest.fixture(scope="module")
def architecture(aws: AwsServer) -> Architecture:
    """Built once, because it takes a second and these tests only read it."""
    return seed(aws.url)


def test_it_builds_an_available_full_tunnel_endpoint_in_tokyo(ec2: Any, architecture: Architecture) -> None:
    endpoint = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]
    assert endpoint["ClientVpnEndpointId"] == architecture.tokyo.endpoint_id
    assert endpoint["Status"]["Code"] == "available"
    assert endpoint["SplitTunnel"] is False
    assert endpoint["ClientCidrBlock"] == TOKYO.client_cidr
    assert {"Key": "genkan:managed", "Value": "true"} in endpoint["Tags"]


def test_the_chain_to_the_fixed_address_is_whole(ec2: Any, architecture: Architecture) -> None:
    network = architecture.tokyo.network
    subnet = [{"Name": "association.subnet-id", "Values": [network.private_subnet_id]}]
    tables = ec2.describe_route_tables(Filters=subnet)["RouteTables"]
    default = next(r for r in tables[0]["Routes"] if r["DestinationCidrBlock"] == "0.0.0.0/0")
    assert (default["NatGatewayId"], default["State"]) == (network.nat_gateway_id, "active")
    nat = ec2.describe_nat_gateways(NatGatewayIds=[network.nat_gateway_id])["NatGateways"][0]
    assert (nat["State"], nat["ConnectivityType"]) == ("available", "public")
    address = nat["NatGatewayAddresses"][0]
    assert (address["PublicIp"], address["Status"]) == (TOKYO.egress_ip, "succeeded")
    eip = ec2.describe_addresses(AllocationIds=[address["AllocationId"]])["Addresses"][0]
    assert eip["PublicIp"] == TOKYO.egress_ip


def test_its_rules_let_everyone_into_the_vpc_and_groups_further(ec2: Any, architecture: Architecture) -> None:
    endpoint = architecture.tokyo.endpoint_id
    rules = ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint)["AuthorizationRules"]
    assert [(r["DestinationCidr"], r["GroupId"], r["AccessAll"]) for r in rules] == [
        (TOKYO.vpc_cidr, "", True),
        ("0.0.0.0/0", EMPLOYEES.id, False),
        (OFFICE_LAN, ENGINEERING.id, False),
    ]


def test_a_second_run_finds_what_is_there(aws: AwsServer, architecture: Architecture) -> None:
    assert seed(aws.url) == architecture


def test_the_portal_reads_osaka_by_assuming_its_role_with_the_external_id(
    aws: AwsServer,
    boto: boto3.session.Session,
    architecture: Architecture,
) -> None:
    sts: Any = boto.client("sts", endpoint_url=aws.url)
    keys = sts.assume_role(
        RoleArn=architecture.portal_role_arn,
        RoleSessionName="portal",
        ExternalId=EXTERNAL_ID,
    )["Credentials"]
    ec2: Any = boto3.client(
        "ec2",
        OSAKA.region,
        endpoint_url=aws.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    endpoint = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]
    assert endpoint["ClientVpnEndpointId"] == architecture.osaka.endpoint_id
    assert endpoint["SplitTunnel"] is True
    rules = ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=architecture.osaka.endpoint_id)
    assert [(r["DestinationCidr"], r["GroupId"]) for r in rules["AuthorizationRules"]] == [
        (OSAKA.vpc_cidr, ENGINEERING.id)
    ]


@pytest.mark.parametrize("external_id", [None, "wrong"])
def test_the_role_is_refused_without_the_external_id(
    aws: AwsServer,
    boto: boto3.session.Session,
    architecture: Architecture,
    external_id: str | None,
) -> None:
    sts: Any = boto.client("sts", endpoint_url=aws.url)
    given = {"ExternalId": external_id} if external_id else {}
    with pytest.raises(ClientError) as caught:
        sts.assume_role(RoleArn=architecture.portal_role_arn, RoleSessionName="portal", **given)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_accounts_do_not_see_each_other(aws: AwsServer, architecture: Architecture) -> None:
    osaka = administrator(aws.url, replace(OSAKA, region=TOKYO.region))("ec2")
    assert osaka.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []


def test_ids_of_endpoints_and_their_certificate_outlive_a_reset(aws: AwsServer, ec2: Any) -> None:
    """The last one: it builds the architecture anew."""
    before = seed(aws.url).tokyo.endpoint_id
    profile = ec2.export_client_vpn_client_configuration(ClientVpnEndpointId=before)["ClientConfiguration"]
    aws.reset()
    assert seed(aws.url).tokyo.endpoint_id == before
    again = ec2.export_client_vpn_client_configuration(ClientVpnEndpointId=before)["ClientConfiguration"]
    assert again == profile


def test_one_endpoint_of_each_newer_kind_can_be_added(aws: AwsServer, ec2: Any) -> None:
    aws.reset()
    for _ in range(2):
        seed_kinds(aws.url)
    endpoints = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    assert [endpoint["Status"]["Code"] for endpoint in endpoints] == ["available"] * 2
    assert ["TransitGatewayConfiguration" in endpoint for endpoint in endpoints] == [True, False]
    assert [endpoint["TrafficIpAddressType"] for endpoint in endpoints] == ["ipv4", "dual-stack"]
    assert endpoints[0]["ClientVpnEndpointId"] == seeded_endpoint_id(HUB)
