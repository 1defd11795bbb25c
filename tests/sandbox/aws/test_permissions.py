"""EC2 API reference: DryRun; service authorization reference: actions and resources of Amazon EC2."""

import json
from collections.abc import Callable, Iterator
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


MANAGED = {"StringEquals": {"aws:ResourceTag/genkan:managed": "true"}}
RETRY_NEVER = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def endpoints(account: Account) -> tuple[str, str]:
    """One with the tag and one without."""
    tags = [{"Key": "genkan:managed", "Value": "true"}]
    specification = [{"ResourceType": "client-vpn-endpoint", "Tags": tags}]
    return account.endpoint(TagSpecifications=specification), account.endpoint()


@pytest.fixture
def helper(
    aws: AwsServer, account: Account, endpoints: tuple[str, str], boto: boto3.session.Session
) -> Iterator[Callable[[str], Any]]:
    """boto3 of a user who may do a few things, with IAM enforced from here on."""
    iam = account.client("iam")
    iam.create_user(UserName="helper")
    arn = f"arn:aws:ec2:{TOKYO.region}:{TOKYO.account}:client-vpn-endpoint/"
    logs = f"arn:aws:logs:{TOKYO.region}:{TOKYO.account}:log-group"
    requested = {"StringEquals": {"aws:RequestTag/genkan:managed": "true"}}
    creating = {"StringEquals": {"ec2:CreateAction": "CreateClientVpnEndpoint"}}
    statements: list[dict[str, Any]] = [
        {"Action": "ec2:DescribeClientVpnEndpoints", "Resource": "*"},
        {"Action": "ec2:DescribeClientVpnAuthorizationRules", "Resource": arn + endpoints[0]},
        {"Action": "ec2:ModifyClientVpnEndpoint", "Resource": f"{arn}*", "Condition": MANAGED},
        {"Action": "ec2:CreateClientVpnEndpoint", "Resource": f"{arn}*", "Condition": requested},
        {"Action": "ec2:CreateTags", "Resource": f"{arn}*", "Condition": creating},
        {"Action": "logs:FilterLogEvents", "Resource": f"{logs}:vpn:*"},
    ]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
    iam.put_user_policy(UserName="helper", PolicyName="read", PolicyDocument=json.dumps(document))
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{TOKYO.account}:user/helper"},
        "Condition": {"StringEquals": {"sts:ExternalId": "a-secret-of-both"}},
    }
    trusts = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="empty", AssumeRolePolicyDocument=trusts)
    key = iam.create_access_key(UserName="helper")["AccessKey"]
    Control(aws.url).enforce_iam(True)

    def client(service: str, **credentials: str) -> Any:
        make: Any = boto.client
        credentials = credentials or {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }
        return make(service, endpoint_url=aws.url, config=RETRY_NEVER, **credentials)

    yield client
    Control(aws.url).enforce_iam(False)


def test_iam_policies_hold_for_client_vpn_s_actions(
    helper: Callable[[str], Any], endpoints: tuple[str, str]
) -> None:
    ec2, endpoint = helper("ec2"), endpoints[0]
    assert len(ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]) == 2
    assert ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint)
    with refused("UnauthorizedOperation", 403):
        ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint)
    with refused("UnauthorizedOperation", 403):
        ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoints[1])
    with refused("UnauthorizedOperation", 403):
        ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint, DryRun=True)
    with refused("DryRunOperation", 412):
        ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint, DryRun=True)


def test_conditions_tell_endpoints_with_a_tag_from_others(
    helper: Callable[[str], Any], endpoints: tuple[str, str], account: Account
) -> None:
    ec2 = helper("ec2")
    ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoints[0], Description="ours")
    with refused("UnauthorizedOperation", 403):
        ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoints[1], Description="theirs")
    # Tagging is allowed while creating and never else: nobody gives himself an endpoint.
    tags = [{"Key": "genkan:managed", "Value": "true"}]
    with refused("UnauthorizedOperation", 403):
        ec2.create_tags(Resources=[endpoints[1]], Tags=tags)
    with refused("UnauthorizedOperation", 403):
        ec2.create_client_vpn_endpoint(**account.endpoint_arguments())
    specification = [{"ResourceType": "client-vpn-endpoint", "Tags": tags}]
    assert ec2.create_client_vpn_endpoint(**account.endpoint_arguments(TagSpecifications=specification))


def test_logs_are_authorized_by_group_and_refused_in_json(helper: Callable[[str], Any]) -> None:
    logs = helper("logs")
    assert logs.filter_log_events(logGroupName="vpn")["events"] == []
    with refused("AccessDeniedException") as caught:
        logs.filter_log_events(logGroupName="others")
    message = caught.value.response["Error"]["Message"]
    assert (
        "user/helper is not authorized to perform: logs:FilterLogEvents on resource: arn:aws:logs:" in message
    )
    with refused("AccessDeniedException"):
        helper("dynamodb").list_tables()
    with refused("AccessDenied", 403):
        helper("iam").list_users()
    # Its action stands in the path.
    with refused("AccessDeniedException", 403):
        helper("lambda").list_functions()


def test_a_role_is_assumed_by_whom_it_trusts_and_may_what_it_may(helper: Callable[..., Any]) -> None:
    sts, arn = helper("sts"), f"arn:aws:iam::{TOKYO.account}:role/empty"
    with refused("AccessDenied", 403):
        sts.assume_role(RoleArn=arn, RoleSessionName="helping")
    with refused("AccessDenied", 403):
        sts.assume_role(RoleArn=arn, RoleSessionName="helping", ExternalId="guessed")
    with refused("AccessDenied", 403):
        sts.assume_role(RoleArn=f"{arn}-unknown", RoleSessionName="helping", ExternalId="a-secret-of-both")
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="helping", ExternalId="a-secret-of-both")[
        "Credentials"
    ]
    role = helper(
        "ec2",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    with refused("UnauthorizedOperation", 403) as caught:
        role.describe_client_vpn_endpoints()
    assert "assumed-role/empty/helping is not authorized" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("ec2", "describe_client_vpn_endpoints", "AuthFailure", 401),
        ("dynamodb", "list_tables", "UnrecognizedClientException", 400),
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
    ],
)
def test_a_wrong_key_is_no_key(
    helper: Callable[..., Any], service: str, call: str, code: str, status: int
) -> None:
    stranger = helper(service, aws_access_key_id="AKIASTRANGER", aws_secret_access_key="guessed")
    with refused(code, status):
        getattr(stranger, call)()


def test_a_wrong_secret_is_no_signature(helper: Callable[..., Any]) -> None:
    key = helper("ec2")._request_signer._credentials.access_key
    forged = helper("dynamodb", aws_access_key_id=key, aws_secret_access_key="guessed")
    with refused("InvalidSignatureException"):
        forged.list_tables()
