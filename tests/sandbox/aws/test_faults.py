"""Faults on demand: what boto3 makes of an AWS that throttles, breaks, hangs or refuses."""

import time
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import Architecture
from sandbox.aws.server import AwsServer
from sandbox.company import TOKYO
from tests.sandbox.aws.account import Account, refused


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("RequestLimitExceeded", 503),
        ("InternalError", 500),
        ("UnauthorizedOperation", 403),
        ("AuthFailure", 401),
        ("ExpiredToken", 403),
    ],
)
def test_an_action_fails_for_as_many_calls_as_wanted(
    ec2: Any, control: Control, code: str, status: int
) -> None:
    control.fail("DescribeClientVpnEndpoints", code, times=1)
    with refused(code, status):
        ec2.describe_client_vpn_endpoints()
    assert ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []


def test_boto3_s_own_retries_get_over_throttling(aws: AwsServer, boto: Any, control: Control) -> None:
    control.fail("DescribeClientVpnEndpoints", "RequestLimitExceeded", times=1)
    retrying = boto.client(
        "ec2", endpoint_url=aws.url, config=Config(retries={"mode": "standard", "total_max_attempts": 2})
    )
    retrying.describe_client_vpn_endpoints()
    assert [call["status"] for call in control.calls()] == [503, 200]


def test_a_fault_lasts_until_it_is_healed(ec2: Any, control: Control) -> None:
    fault = control.fail("*", "RequestLimitExceeded")
    for _ in range(3):
        with refused("RequestLimitExceeded", 503):
            ec2.describe_vpcs()
    control.heal(fault)
    ec2.describe_vpcs()
    assert control.faults() == []


def test_a_fault_can_hit_one_region_of_one_account(ec2: Any, boto: Any, aws: Any, control: Control) -> None:
    control.fail("DescribeVpcs", "InternalError", region="ap-northeast-3", account=TOKYO.account)
    ec2.describe_vpcs()
    osaka = boto.client(
        "ec2",
        "ap-northeast-3",
        endpoint_url=aws.url,
        config=Config(retries={"total_max_attempts": 1}),
    )
    with refused("InternalError", 500):
        osaka.describe_vpcs()


def test_other_services_fail_in_their_own_form(account: Account, control: Control) -> None:
    control.fail("DescribeLogGroups", "ThrottlingException", service="logs", times=9)
    control.fail("AssumeRole", "ExpiredToken", times=9)
    with pytest.raises(ClientError) as caught:
        account.client("logs").describe_log_groups()
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    with refused("ExpiredToken", 403):
        account.client("sts").assume_role(RoleArn="arn:aws:iam::1:role/xx", RoleSessionName="x" * 2)


def test_pages_can_fail_or_break_off_after_the_first(account: Account, control: Control) -> None:
    endpoint = account.endpoint()
    for number in range(6):
        account.ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint, TargetNetworkCidr="10.0.0.0/16", AccessGroupId=f"group-{number}"
        )
    paginator = account.ec2.get_paginator("describe_client_vpn_authorization_rules")
    arguments = {"ClientVpnEndpointId": endpoint, "PaginationConfig": {"PageSize": 5}}
    control.fail("DescribeClientVpnAuthorizationRules", "InternalError", page="later", times=1)
    walk = iter(paginator.paginate(**arguments))
    assert len(next(walk)["AuthorizationRules"]) == 5
    with refused("InternalError", 500):
        next(walk)
    control.cut("DescribeClientVpnAuthorizationRules", page="later", times=1)
    walk = iter(paginator.paginate(**arguments))
    next(walk)
    with pytest.raises(ResponseParserError, match="Unable to parse response"):
        next(walk)


def test_a_connection_can_be_dropped(ec2: Any, control: Control) -> None:
    control.drop("DescribeVpcs", times=1)
    with pytest.raises(ConnectionClosedError):
        ec2.describe_vpcs()


def test_an_answer_can_be_slow_enough_to_time_out(
    aws: AwsServer, boto: boto3.session.Session, control: Control
) -> None:
    patient: Any = boto.client(
        "ec2", endpoint_url=aws.url, config=Config(read_timeout=1.5, retries={"total_max_attempts": 1})
    )
    patient.describe_vpcs()
    control.slow("DescribeVpcs", 4, times=1)
    with pytest.raises(ReadTimeoutError):
        patient.describe_vpcs()


def test_a_fault_must_make_sense(control: Control) -> None:
    with pytest.raises(SandboxError, match="MissingParameter"):
        control.fail("DescribeVpcs", "")
    with pytest.raises(SandboxError, match="InvalidParameterValue"):
        control.fail("DescribeVpcs", "InternalError", page="second")
    with pytest.raises(SandboxError, match="BadRequest"):
        control.fail("DescribeVpcs", "InternalError", colour="red")


def test_a_tunnel_goes_down_and_the_office_line_is_cut(
    ec2: Any, control: Control, architecture: Architecture
) -> None:
    vpn = architecture.site_to_site.vpn_connection_id

    def telemetry() -> list[dict[str, Any]]:
        connection = ec2.describe_vpn_connections(VpnConnectionIds=[vpn])["VpnConnections"][0]
        return list(connection["VgwTelemetry"])

    before = telemetry()
    assert [t["Status"] for t in before] == ["UP", "UP"]
    place = {"account": TOKYO.account, "region": TOKYO.region, "vpn_connection_id": vpn}
    control.skip(60)
    control.set_tunnels(**place, status="DOWN", outside_ip=before[0]["OutsideIpAddress"])
    down, up = telemetry()
    assert (down["Status"], down["AcceptedRouteCount"], down["StatusMessage"]) == ("DOWN", 0, "IPSEC IS DOWN")
    assert down["LastStatusChange"] > before[0]["LastStatusChange"]
    assert up == before[1]
    control.set_tunnels(**place, status="DOWN")
    assert [t["Status"] for t in telemetry()] == ["DOWN", "DOWN"]
    with pytest.raises(SandboxError, match=r"InvalidVpnConnectionID\.NotFound"):
        control.set_tunnels(**{**place, "vpn_connection_id": "vpn-none"}, status="UP")


def test_a_deleted_nat_gateway_leaves_a_blackhole(ec2: Any, architecture: Architecture) -> None:
    network = architecture.tokyo.network
    ec2.delete_nat_gateway(NatGatewayId=network.nat_gateway_id)
    table = ec2.describe_route_tables(RouteTableIds=[network.private_route_table_id])["RouteTables"][0]
    states = {route["DestinationCidrBlock"]: route["State"] for route in table["Routes"]}
    assert (states["0.0.0.0/0"], states[TOKYO.vpc_cidr]) == ("blackhole", "active")
    address = ec2.describe_addresses(AllocationIds=[network.allocation_id])["Addresses"][0]
    assert "AssociationId" not in address
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId="nat-00000000000000000")


def test_a_slow_call_is_not_among_those_that_came_after_a_reset(
    aws: AwsServer, boto: boto3.session.Session, control: Control
) -> None:
    config = Config(read_timeout=0.3, retries={"total_max_attempts": 1})
    hasty = boto.client("ec2", endpoint_url=aws.url, config=config)
    control.slow("DescribeInstances", 0.5, times=1)
    with pytest.raises(ReadTimeoutError):
        hasty.describe_instances()
    hasty.close()
    aws.reset()
    time.sleep(1)
    assert control.calls() == []


def test_the_calls_that_came_in_are_remembered(ec2: Any, control: Control) -> None:
    ec2.describe_client_vpn_endpoints()
    call = control.calls()[-1]
    assert (call["service"], call["action"], call["account"], call["region"], call["status"]) == (
        "ec2",
        "DescribeClientVpnEndpoints",
        TOKYO.account,
        TOKYO.region,
        200,
    )
