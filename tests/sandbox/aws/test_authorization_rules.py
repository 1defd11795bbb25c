"""EC2 API reference: Authorize-, RevokeClientVpnIngress; admin guide: "Client VPN authorization rules"."""

from typing import Any

import pytest

from sandbox.aws.control import Control
from tests.sandbox.aws.account import Account, eventually, refused


def authorize(account: Account, endpoint: str, **arguments: Any) -> Any:
    arguments = {"TargetNetworkCidr": "10.0.0.0/16", **arguments}
    return account.ec2.authorize_client_vpn_ingress(ClientVpnEndpointId=endpoint, **arguments)


def test_a_rule_becomes_active(account: Account) -> None:
    endpoint = account.endpoint()
    answer = authorize(account, endpoint, AccessGroupId="group-1", Description="engineers")
    assert answer["Status"] == {"Code": "authorizing"}
    eventually(lambda: account.rules(endpoint)[0]["Status"]["Code"] == "active")
    assert account.rules(endpoint) == [
        {
            "ClientVpnEndpointId": endpoint,
            "Description": "engineers",
            "GroupId": "group-1",
            "AccessAll": False,
            "DestinationCidr": "10.0.0.0/16",
            "Status": {"Code": "active"},
        }
    ]


def test_a_rule_for_everybody_has_an_empty_group(account: Account) -> None:
    endpoint = account.endpoint()
    authorize(account, endpoint, AuthorizeAllGroups=True)
    rule = account.rules(endpoint)[0]
    assert (rule["GroupId"], rule["AccessAll"]) == ("", True)


def test_it_wants_a_group_or_everybody(account: Account) -> None:
    endpoint = account.endpoint()
    with refused("MissingParameter") as caught:
        authorize(account, endpoint)
    message = caught.value.response["Error"]["Message"]
    assert message == "You must specify either access-group-id or authorize-all-groups"
    with refused("InvalidParameterCombination"):
        authorize(account, endpoint, AccessGroupId="group-1", AuthorizeAllGroups=True)


@pytest.mark.parametrize("cidr", ["10.0.0.1/16", "nonsense"])
def test_the_network_must_be_one(account: Account, cidr: str) -> None:
    with refused("InvalidParameterValue"):
        authorize(account, account.endpoint(), TargetNetworkCidr=cidr, AuthorizeAllGroups=True)


def test_the_same_rule_twice_is_refused_and_another_group_is_not(account: Account) -> None:
    endpoint = account.endpoint()
    authorize(account, endpoint, AccessGroupId="group-1")
    with refused("InvalidClientVpnDuplicateAuthorizationRule"):
        authorize(account, endpoint, AccessGroupId="group-1")
    authorize(account, endpoint, AccessGroupId="group-2")
    authorize(account, endpoint, AuthorizeAllGroups=True)
    assert len(account.rules(endpoint)) == 3


def test_the_same_token_authorizes_once(account: Account) -> None:
    endpoint = account.endpoint()
    for _ in range(2):
        authorize(account, endpoint, AccessGroupId="group-1", ClientToken="once")
    with refused("IdempotentParameterMismatch"):
        authorize(account, endpoint, AccessGroupId="group-2", ClientToken="once")


def test_revoking_takes_the_rule_away(account: Account) -> None:
    endpoint = account.endpoint()
    authorize(account, endpoint, AccessGroupId="group-1")
    authorize(account, endpoint, AuthorizeAllGroups=True)
    revoke = account.ec2.revoke_client_vpn_ingress
    arguments = {"ClientVpnEndpointId": endpoint, "TargetNetworkCidr": "10.0.0.0/16"}
    assert revoke(**arguments, RevokeAllGroups=True)["Status"] == {"Code": "revoking"}
    eventually(lambda: [rule["GroupId"] for rule in account.rules(endpoint)] == ["group-1"])
    with refused("InvalidClientVpnEndpointAuthorizationRuleNotFound"):
        revoke(**arguments, RevokeAllGroups=True)
    with refused("InvalidClientVpnEndpointAuthorizationRuleNotFound"):
        revoke(**arguments, AccessGroupId="group-2")
    with refused("MissingParameter"):
        revoke(**arguments)


def test_two_hundred_rules_is_the_quota(account: Account, control: Control) -> None:
    endpoint = account.endpoint()
    for number in range(200):
        if number % 8 == 0:
            control.skip(60)
        authorize(account, endpoint, AccessGroupId=f"group-{number}")
    control.skip(60)
    with refused("ClientVpnAuthorizationRuleLimitExceeded"):
        authorize(account, endpoint, AccessGroupId="group-200")


@pytest.mark.parametrize(
    ("name", "value"),
    [("group-id", "group-1"), ("destination-cidr", "10.0.0.0/16"), ("description", "engineers")],
)
def test_rules_are_filtered(account: Account, name: str, value: str) -> None:
    endpoint = account.endpoint()
    authorize(account, endpoint, AccessGroupId="group-1", Description="engineers")
    authorize(account, endpoint, TargetNetworkCidr="10.1.0.0/16", AccessGroupId="group-2")
    filters = [{"Name": name, "Values": [value]}]
    answer = account.ec2.describe_client_vpn_authorization_rules(
        ClientVpnEndpointId=endpoint, Filters=filters
    )
    assert [rule["GroupId"] for rule in answer["AuthorizationRules"]] == ["group-1"]
