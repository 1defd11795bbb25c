"""What holds for the sandbox and for AWS alike, by reading only.

With ``AWS_CONTRACT_REGION`` set, the same tests also run against the real account of boto3's default
credentials. They call only Describe and Export actions: an account without an endpoint proves little.
"""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.aws.actions import ACTIONS
from sandbox.aws.seed import Architecture, seed
from sandbox.aws.server import AwsServer
from tests.sandbox.aws.account import Clients, refused
from tests.sandbox.aws.contract import breaches, watch

REAL_REGION = os.environ.get("AWS_CONTRACT_REGION", "")
UNKNOWN = "cvpn-endpoint-00000000000000000"
LISTS = {
    "describe_client_vpn_target_networks": "ClientVpnTargetNetworks",
    "describe_client_vpn_authorization_rules": "AuthorizationRules",
    "describe_client_vpn_routes": "Routes",
    "describe_client_vpn_connections": "Connections",
}


@pytest.fixture(scope="module")
def aws(aws_server: AwsServer) -> AwsServer:
    """Seeded once for all: they only read."""
    aws_server.reset()
    return aws_server


@pytest.fixture(scope="module")
def architecture(aws: AwsServer) -> Architecture:
    return seed(aws.url)


@pytest.fixture(params=["sandbox", "aws"] if REAL_REGION else ["sandbox"])
def either(request: pytest.FixtureRequest) -> Iterator[Any]:
    """boto3's EC2 of the seeded sandbox, or of the real account."""
    if request.param == "sandbox":
        request.getfixturevalue("architecture")
        yield request.getfixturevalue("ec2")
        return
    real: Any = boto3.client("ec2", region_name=REAL_REGION)
    watch(real)
    yield real
    real.close()


def endpoints(ec2: Any) -> list[dict[str, Any]]:
    pages = ec2.get_paginator("describe_client_vpn_endpoints").paginate()
    return [endpoint for page in pages for endpoint in page["ClientVpnEndpoints"]]


def test_endpoints_look_as_documented(either: Any) -> None:
    for endpoint in endpoints(either):
        assert re.fullmatch(r"cvpn-endpoint-[0-9a-f]{17}", endpoint["ClientVpnEndpointId"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", endpoint["CreationTime"])
        assert endpoint["ClientVpnEndpointId"] in endpoint["DnsName"]
        assert endpoint["AuthenticationOptions"]


@pytest.mark.parametrize("operation", sorted(LISTS))
def test_what_belongs_to_an_endpoint_names_it(either: Any, operation: str) -> None:
    for endpoint in endpoints(either):
        pages = either.get_paginator(operation).paginate(ClientVpnEndpointId=endpoint["ClientVpnEndpointId"])
        for item in (item for page in pages for item in page[LISTS[operation]]):
            assert item["ClientVpnEndpointId"] == endpoint["ClientVpnEndpointId"]
            assert item["Status"]["Code"]


@pytest.mark.parametrize("operation", [*sorted(LISTS), "export_client_vpn_client_configuration"])
def test_an_unknown_endpoint_is_not_found(either: Any, operation: str) -> None:
    with refused("InvalidClientVpnEndpointId.NotFound"):
        getattr(either, operation)(ClientVpnEndpointId=UNKNOWN)


@pytest.mark.parametrize("operation", [*sorted(LISTS), "export_client_vpn_client_configuration"])
def test_a_dry_run_looks_at_permission_only(either: Any, operation: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(either, operation)(ClientVpnEndpointId=UNKNOWN, DryRun=True)
    assert caught.value.response["Error"]["Code"] in {"DryRunOperation", "UnauthorizedOperation"}


def test_an_exported_profile_has_a_certificate_and_the_endpoint_s_name(either: Any) -> None:
    for endpoint in endpoints(either):
        if endpoint["Status"]["Code"] != "available":
            continue
        answer = either.export_client_vpn_client_configuration(
            ClientVpnEndpointId=endpoint["ClientVpnEndpointId"]
        )
        lines = answer["ClientConfiguration"].splitlines()
        assert lines[0] == "client"
        assert any(line.startswith("remote ") and endpoint["ClientVpnEndpointId"] in line for line in lines)
        assert "-----BEGIN CERTIFICATE-----" in lines


def test_every_action_of_botocore_s_model_is_modelled(ec2: Any) -> None:
    names = {name for name in ec2.meta.service_model.operation_names if "ClientVpn" in name}
    assert names == set(ACTIONS)


def test_the_check_against_the_model_finds_what_is_wrong(ec2: Any) -> None:
    model = ec2.meta.service_model.operation_model("DescribeClientVpnEndpoints")
    body = (
        b"<DescribeClientVpnEndpointsResponse><clientVpnEndpoint><item><nonsense/><vpnPort>x</vpnPort>"
        b"<status><code>fine</code></status></item></clientVpnEndpoint></DescribeClientVpnEndpointsResponse>"
    )
    problems = list(breaches(body, model))
    assert len(problems) == 3


@pytest.mark.usefixtures("architecture")
def test_answers_carry_aws_s_namespace(clients: Clients) -> None:
    bodies: list[bytes] = []
    with closing(clients.another("ec2")) as ec2:
        ec2.meta.events.register(
            "after-call.ec2", lambda http_response, **_: bodies.append(http_response.content)
        )
        ec2.describe_client_vpn_endpoints()
    assert b'<DescribeClientVpnEndpointsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15' in bodies[0]
