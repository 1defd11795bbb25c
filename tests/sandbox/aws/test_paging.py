"""EC2 API reference: MaxResults (5 to 1000) and NextToken of the five Describe actions."""

from typing import Any

import pytest
from botocore.config import Config

from tests.sandbox.aws.account import Account, refused


def groups(pages: Any) -> list[list[str]]:
    return [[rule["GroupId"] for rule in page["AuthorizationRules"]] for page in pages]


@pytest.fixture
def endpoint(account: Account) -> str:
    endpoint = account.endpoint()
    for number in range(12):
        account.ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint, TargetNetworkCidr="10.0.0.0/16", AccessGroupId=f"group-{number}"
        )
    return endpoint


def test_boto3_s_paginator_walks_all_pages(account: Account, endpoint: str) -> None:
    paginator = account.ec2.get_paginator("describe_client_vpn_authorization_rules")
    pages = list(paginator.paginate(ClientVpnEndpointId=endpoint, PaginationConfig={"PageSize": 5}))
    assert [len(page) for page in groups(pages)] == [5, 5, 2]
    assert [group for page in groups(pages) for group in page] == [f"group-{number}" for number in range(12)]
    assert "NextToken" not in pages[-1]


def test_a_last_full_page_has_no_token(account: Account, endpoint: str) -> None:
    answer = account.ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint, MaxResults=12)
    assert "NextToken" not in answer


def test_what_is_deleted_between_two_pages_shifts_nothing(account: Account, endpoint: str) -> None:
    describe = account.ec2.describe_client_vpn_authorization_rules
    first = describe(ClientVpnEndpointId=endpoint, MaxResults=5)
    account.ec2.revoke_client_vpn_ingress(
        ClientVpnEndpointId=endpoint, TargetNetworkCidr="10.0.0.0/16", AccessGroupId="group-0"
    )
    second = describe(ClientVpnEndpointId=endpoint, MaxResults=5, NextToken=first["NextToken"])
    assert groups([second]) == [["group-5", "group-6", "group-7", "group-8", "group-9"]]


@pytest.mark.parametrize("size", [0, 4, 1001])
def test_a_page_holds_5_to_1000(account: Account, endpoint: str, size: int) -> None:
    # botocore itself refuses what is below the model's minimum, so the range is asked without its check.
    ec2 = account.client("ec2", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    with refused("InvalidMaxResults"):
        ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint, MaxResults=size)


def test_a_token_is_good_for_its_own_call_only(account: Account, endpoint: str) -> None:
    describe = account.ec2.describe_client_vpn_authorization_rules
    token = describe(ClientVpnEndpointId=endpoint, MaxResults=5)["NextToken"]
    for wrong in ("nonsense", "e30=", token[:-8]):
        with refused("InvalidPaginationToken"):
            describe(ClientVpnEndpointId=endpoint, NextToken=wrong)
    with refused("InvalidPaginationToken"):
        account.ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint, NextToken=token)


@pytest.mark.parametrize(
    "operation",
    [
        "describe_client_vpn_endpoints",
        "describe_client_vpn_target_networks",
        "describe_client_vpn_authorization_rules",
        "describe_client_vpn_routes",
        "describe_client_vpn_connections",
    ],
)
def test_every_describe_action_pages(account: Account, endpoint: str, operation: str) -> None:
    arguments = {} if operation.endswith("endpoints") else {"ClientVpnEndpointId": endpoint}
    paginator = account.ec2.get_paginator(operation)
    assert list(paginator.paginate(**arguments, PaginationConfig={"PageSize": 5}))
