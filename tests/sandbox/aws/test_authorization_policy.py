"""EC2 API reference: Modify-, Get- and DeleteClientVpnEndpointAuthorizationPolicy."""

from typing import Any

import pytest

from sandbox.aws.control import Control
from tests.sandbox.aws.account import Account, eventually, refused

POLICY = "permit(principal, action, resource) when { context.device.trusted == true };"


@pytest.fixture
def endpoint(account: Account) -> str:
    return account.endpoint()


def modify(account: Account, endpoint: str, **arguments: Any) -> Any:
    call = account.ec2.modify_client_vpn_endpoint_authorization_policy
    return call(ClientVpnEndpointId=endpoint, **arguments)


def get(account: Account, endpoint: str) -> Any:
    return account.ec2.get_client_vpn_endpoint_authorization_policy(ClientVpnEndpointId=endpoint)


def test_a_policy_is_created_and_shown(account: Account, endpoint: str) -> None:
    assert modify(account, endpoint, PolicyDocument=POLICY, Description="devices")["Status"] == "creating"
    eventually(lambda: get(account, endpoint)["Status"] == "active")
    policy = get(account, endpoint)
    assert (policy["PolicyDocument"], policy["Description"]) == (POLICY, "devices")
    assert policy["ShadowMode"] == "disabled"


def test_what_is_not_given_stays(account: Account, endpoint: str) -> None:
    modify(account, endpoint, PolicyDocument=POLICY)
    assert modify(account, endpoint, ShadowMode="enabled")["Status"] == "updating"
    policy = get(account, endpoint)
    assert (policy["PolicyDocument"], policy["ShadowMode"]) == (POLICY, "enabled")


def test_the_first_needs_a_document_and_it_must_be_cedar(account: Account, endpoint: str) -> None:
    with refused("MissingParameter"):
        modify(account, endpoint, ShadowMode="enabled")
    with refused("InvalidParameterValue"):
        modify(account, endpoint, PolicyDocument='{"Version": "2012-10-17"}')
    with refused("InvalidParameterValue"):
        modify(account, endpoint, PolicyDocument=POLICY + "// " + "x" * 10_000)
    for document in (
        "// permit nobody",
        "permit(principal, action);",
        "permit(principal == ?principal, action, resource);",
        'permit(principal, action, resource) when { context.saml.memberOf.contain("a") };',
        "permit(principal, action, resource) when { context.active-directory.username == 1 };",
    ):
        with refused("InvalidParameterValue"):
            modify(account, endpoint, PolicyDocument=document)


def test_a_deleted_policy_is_gone(account: Account, endpoint: str, control: Control) -> None:
    modify(account, endpoint, PolicyDocument=POLICY)
    call = account.ec2.delete_client_vpn_endpoint_authorization_policy
    assert call(ClientVpnEndpointId=endpoint)["Status"] == "deleting"
    control.skip(60)
    answer = get(account, endpoint)
    assert {name for name in answer if name != "ResponseMetadata"} == {"ClientVpnEndpointId"}
    with refused("InvalidClientVpnEndpointAuthorizationPolicy.NotFound"):
        call(ClientVpnEndpointId=endpoint)
    assert modify(account, endpoint, PolicyDocument=POLICY)["Status"] == "creating"
