"""IAM user guide: policy evaluation logic, and the reference of the policy elements."""

from typing import Any

import pytest

from sandbox.aws.policies import Decision, decide
from sandbox.aws.policy_targets import targets
from sandbox.aws.wire import AwsRequest

ENDPOINT = "arn:aws:ec2:ap-northeast-1:123456789012:client-vpn-endpoint/cvpn-endpoint-1"
CONTEXT = {
    "aws:resourcetag/genkan:managed": ("true",),
    "aws:tagkeys": ("Name", "genkan:managed"),
    "aws:principalarn": ("arn:aws:iam::123456789012:role/genkan",),
    "aws:sourceip": ("203.0.113.9",),
    "aws:username": ("helper",),
    "aws:currenttime": ("2026-11-30T00:00:00Z",),
    "ec2:vpnport": ("443",),
}


def decision(**statement: Any) -> Decision:
    whole = {"Effect": "Allow", "Action": "ec2:DescribeClientVpnRoutes", "Resource": "*", **statement}
    action = "ec2:DescribeClientVpnRoutes"
    return decide([whole], action=action, resource=ENDPOINT, context=CONTEXT)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:ResourceTag/genkan:managed": "true"}},
        {"StringEquals": {"aws:ResourceTag/genkan:managed": ["no", "true"]}},
        {"StringLike": {"aws:ResourceTag/genkan:managed": "t*e"}},
        {"StringNotEquals": {"aws:ResourceTag/genkan:managed": "false"}},
        {"StringNotEquals": {"aws:ResourceTag/other": "true"}},
        {"StringEqualsIfExists": {"aws:ResourceTag/other": "true"}},
        {"StringEqualsIgnoreCase": {"AWS:USERNAME": "HELPER"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/gen*"}},
        {"Null": {"aws:ResourceTag/other": "true"}},
        {"Null": {"aws:ResourceTag/genkan:managed": "false"}},
        {"ForAnyValue:StringEquals": {"aws:TagKeys": ["genkan:managed"]}},
        {"ForAllValues:StringLike": {"aws:TagKeys": ["Na*", "genkan:*"]}},
        {"ForAllValues:StringEquals": {"aws:ResourceTag/other": ["x"]}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
        {"NumericLessThan": {"ec2:VpnPort": "1194"}},
        {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
    ],
    ids=str,
)
def test_a_condition_that_holds_allows(condition: dict[str, Any]) -> None:
    assert decision(Condition=condition) is Decision.ALLOWED


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:ResourceTag/genkan:managed": "false"}},
        {"StringEquals": {"aws:ResourceTag/genkan:managed": "true", "aws:ResourceTag/other": "x"}},
        {"StringEquals": {"aws:ResourceTag/other": "true"}},
        {"StringNotLike": {"aws:ResourceTag/genkan:managed": "t*"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}},
        {"Null": {"aws:ResourceTag/genkan:managed": True}},
        {"ForAnyValue:StringEquals": {"aws:TagKeys": ["other"]}},
        {"ForAnyValue:StringEquals": {"aws:ResourceTag/other": ["x"]}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["Name"]}},
        {"NumericLessThan": {"ec2:VpnPort": "no number"}},
        {"NobodyKnowsThis": {"aws:username": "helper"}},
    ],
    ids=str,
)
def test_a_condition_that_does_not_hold_grants_nothing(condition: dict[str, Any]) -> None:
    assert decision(Condition=condition) is Decision.NEUTRAL


def test_a_denial_wins_whatever_else_is_allowed() -> None:
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denied = {"Effect": "Deny", "NotAction": "iam:*", "Resource": f"{ENDPOINT[:-1]}?"}
    arguments: dict[str, Any] = {"action": "ec2:DeleteClientVpnEndpoint", "context": CONTEXT}
    assert decide([allowed, denied], resource=ENDPOINT, **arguments) is Decision.DENIED
    assert decide([allowed, denied], resource=f"{ENDPOINT}23", **arguments) is Decision.ALLOWED


def test_actions_have_no_case_and_resources_have_variables() -> None:
    assert decision(Action="EC2:describeclientvpn*") is Decision.ALLOWED
    assert decision(Action="ec2:Describe") is Decision.NEUTRAL
    assert (
        decision(Resource="arn:aws:ec2:*:123456789012:client-vpn-endpoint/${aws:username}")
        is Decision.NEUTRAL
    )
    other_than_subnets = {
        "Effect": "Allow",
        "Action": "ec2:*",
        "NotResource": "arn:aws:ec2:*:*:subnet/*",
    }
    arguments: dict[str, Any] = {"action": "ec2:CreateClientVpnRoute", "context": CONTEXT}
    assert decide([other_than_subnets], resource=ENDPOINT, **arguments) is Decision.ALLOWED
    subnet = "arn:aws:ec2:ap-northeast-1:123456789012:subnet/subnet-1"
    assert decide([other_than_subnets], resource=subnet, **arguments) is Decision.NEUTRAL


@pytest.mark.parametrize(
    ("service", "action", "parameters", "resources"),
    [
        ("ec2", "DescribeClientVpnEndpoints", {"ClientVpnEndpointId.1": "cvpn-endpoint-1"}, ["*"]),
        (
            "ec2",
            "AssociateClientVpnTargetNetwork",
            {"ClientVpnEndpointId": "cvpn-endpoint-1", "SubnetId": "subnet-1"},
            [ENDPOINT, "arn:aws:ec2:ap-northeast-1:123456789012:subnet/subnet-1"],
        ),
        (
            "logs",
            "FilterLogEvents",
            {"logGroupName": "/genkan/a"},
            ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/genkan/a:log-stream:"],
        ),
        (
            "logs",
            "StartQuery",
            {"logGroupNames": ["a", "b"]},
            [f"arn:aws:logs:ap-northeast-1:123456789012:log-group:{name}:log-stream:" for name in "ab"],
        ),
        ("logs", "GetQueryResults", {"queryId": "q"}, ["*"]),
        (
            "sqs",
            "ReceiveMessage",
            {"QueueUrl": "http://localhost/123456789012/health"},
            ["arn:aws:sqs:ap-northeast-1:123456789012:health"],
        ),
        ("monitoring", "GetMetricData", {}, ["*"]),
    ],
)
def test_a_call_needs_permission_for_all_that_it_names(
    service: str, action: str, parameters: dict[str, Any], resources: list[str]
) -> None:
    request = AwsRequest(service, "ap-northeast-1", "AKIA", action, parameters)
    named = targets(request, "123456789012")
    assert [target.arns[0] for target in named] == resources
    assert {target.action for target in named} == {
        f"{'cloudwatch' if service == 'monitoring' else service}:{action}"
    }
