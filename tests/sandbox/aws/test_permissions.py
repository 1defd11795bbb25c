"""EC2 API reference: DryRun; service authorization reference: actions and resources of Amazon EC2."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sandbox.aws.actions import ACTIONS
from sandbox.aws.control import Control
from sandbox.aws.server import AwsServer
from sandbox.company import TOKYO
from tests.sandbox.aws.account import Account, refused

UNKNOWN = "cvpn-endpoint-00000000000000000"


def test_a_dry_run_proves_permission_before_anything_else(ec2: Any) -> None:
    with refused("DryRunOperation", 412):
        ec2.describe_client_vpn_routes(ClientVpnEndpointId=UNKNOWN, DryRun=True)
    with refused("DryRunOperation", 412):
        ec2.authorize_client_vpn_ingress(ClientVpnEndpointId=UNKNOWN, TargetNetworkCidr="x", DryRun=True)


def test_a_dry_run_changes_nothing(account: Account) -> None:
    with refused("DryRunOperation", 412):
        account.ec2.create_client_vpn_endpoint(**account.endpoint_arguments(), DryRun=True)
    assert account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_knows_dry_run_and_missing_parameters(
    ec2: Any, boto: Any, aws: Any, action: str
) -> None:
    unchecked = boto.client(
        "ec2",
        endpoint_url=aws.url,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    model = unchecked.meta.service_model.operation_model(action)
    call = getattr(unchecked, {v: k for k, v in unchecked.meta.method_to_api_mapping.items()}[action])
    with refused("DryRunOperation", 412):
        call(DryRun=True)
    if model.input_shape.required_members:
        with refused("MissingParameter"):
            call()


@pytest.fixture
def helper(aws: AwsServer, account: Account, boto: boto3.session.Session) -> Iterator[Any]:
    """boto3 of a user who may read one endpoint's rules, with IAM enforced from here on."""
    endpoint = account.endpoint()
    iam = account.client("iam")
    iam.create_user(UserName="helper")
    arn = f"arn:aws:ec2:{TOKYO.region}:{TOKYO.account}:client-vpn-endpoint/{endpoint}"
    statements = [
        {"Effect": "Allow", "Action": "ec2:DescribeClientVpnEndpoints", "Resource": "*"},
        {"Effect": "Allow", "Action": "ec2:DescribeClientVpnAuthorizationRules", "Resource": arn},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="helper", PolicyName="read", PolicyDocument=document)
    key = iam.create_access_key(UserName="helper")["AccessKey"]
    Control(aws.url).enforce_iam(True)
    client: Any = boto.client(
        "ec2",
        endpoint_url=aws.url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    Control(aws.url).enforce_iam(False)


def test_iam_policies_hold_for_client_vpn_s_actions(helper: Any) -> None:
    endpoint = helper.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]["ClientVpnEndpointId"]
    assert helper.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint)
    with refused("UnauthorizedOperation", 403):
        helper.describe_client_vpn_routes(ClientVpnEndpointId=endpoint)
    with refused("UnauthorizedOperation", 403):
        helper.describe_client_vpn_authorization_rules(ClientVpnEndpointId=UNKNOWN)
    with refused("UnauthorizedOperation", 403):
        helper.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint, DryRun=True)
    with refused("DryRunOperation", 412):
        helper.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint, DryRun=True)


def test_a_wrong_key_is_no_key(helper: Any, boto: boto3.session.Session, aws: AwsServer) -> None:
    stranger: Any = boto.client("ec2", endpoint_url=aws.url, config=Config(retries={"total_max_attempts": 1}))
    with refused("AuthFailure", 401):
        stranger.describe_client_vpn_endpoints()
