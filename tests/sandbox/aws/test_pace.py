"""States move by the sandbox's clock, not by threads."""

from typing import Any

import pytest

from sandbox.aws.control import Control
from tests.sandbox.aws.account import Account

pytestmark = pytest.mark.usefixtures("lifelike")


def test_a_lifelike_association_takes_most_of_a_minute(account: Account, control: Control) -> None:
    endpoint = account.endpoint()
    association = account.ec2.associate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint, SubnetId=account.subnet_a
    )["AssociationId"]
    control.skip(30)
    assert account.association_code(endpoint, association) == "associating"
    assert [route["Status"]["Code"] for route in account.routes(endpoint)] == ["creating"]
    control.skip(30)
    assert account.association_code(endpoint, association) == "associated"
    assert [route["Status"]["Code"] for route in account.routes(endpoint)] == ["active"]


def test_what_is_going_is_shown_as_going(account: Account, control: Control) -> None:
    endpoint = account.endpoint()
    rule: dict[str, Any] = {"ClientVpnEndpointId": endpoint, "TargetNetworkCidr": "10.0.0.0/16"}
    account.ec2.authorize_client_vpn_ingress(**rule, AuthorizeAllGroups=True)
    control.skip(60)
    account.ec2.revoke_client_vpn_ingress(**rule, RevokeAllGroups=True)
    assert account.rules(endpoint)[0]["Status"]["Code"] == "revoking"
    account.ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint)
    assert account.described(endpoint)["Status"]["Code"] == "deleting"
    control.skip(60)
    assert account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
