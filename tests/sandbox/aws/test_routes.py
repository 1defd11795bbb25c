"""EC2 API reference: CreateClientVpnRoute, DeleteClientVpnRoute; admin guide: "Client VPN routes"."""

from typing import Any

import pytest

from tests.sandbox.aws.account import CLIENT_CIDR, Account, eventually, refused


def create(account: Account, endpoint: str, cidr: str = "0.0.0.0/0", **arguments: Any) -> Any:
    arguments = {"TargetVpcSubnetId": account.subnet_a, **arguments}
    return account.ec2.create_client_vpn_route(
        ClientVpnEndpointId=endpoint, DestinationCidrBlock=cidr, **arguments
    )


def delete(account: Account, endpoint: str, cidr: str) -> Any:
    return account.ec2.delete_client_vpn_route(
        ClientVpnEndpointId=endpoint, DestinationCidrBlock=cidr, TargetVpcSubnetId=account.subnet_a
    )


def added(account: Account, endpoint: str) -> list[dict[str, Any]]:
    return [route for route in account.routes(endpoint) if route["Origin"] == "add-route"]


def test_a_route_becomes_active(account: Account) -> None:
    endpoint = account.associated_endpoint()
    assert create(account, endpoint, Description="internet")["Status"] == {"Code": "creating"}
    eventually(lambda: added(account, endpoint)[0]["Status"]["Code"] == "active")
    route = added(account, endpoint)[0]
    assert (route["DestinationCidr"], route["TargetSubnet"]) == ("0.0.0.0/0", account.subnet_a)
    assert (route["Type"], route["Description"]) == ("Nat", "internet")


def test_a_route_needs_an_association(account: Account) -> None:
    with refused("InvalidClientVpnActiveAssociationNotFound"):
        create(account, account.endpoint())
    with refused("InvalidClientVpnSubnetId.NotFound"):
        create(account, account.associated_endpoint(), TargetVpcSubnetId=account.subnet_c)


def test_the_same_route_twice_is_refused_and_another_subnet_is_not(account: Account) -> None:
    endpoint = account.associated_endpoint()
    account.associate(endpoint, account.subnet_c)
    create(account, endpoint)
    with refused("InvalidClientVpnDuplicateRoute"):
        create(account, endpoint)
    create(account, endpoint, TargetVpcSubnetId=account.subnet_c)


def test_a_route_must_not_overlap_the_client_cidr_unless_it_is_local(account: Account) -> None:
    endpoint = account.associated_endpoint()
    with refused("InvalidParameterValue"):
        create(account, endpoint, "10.20.0.0/16")
    create(account, endpoint, CLIENT_CIDR, TargetVpcSubnetId="local")
    with refused("InvalidParameterValue"):
        create(account, endpoint, "10.30.0.0/16", TargetVpcSubnetId="local")


def test_the_same_token_creates_one_route(account: Account) -> None:
    endpoint = account.associated_endpoint()
    for _ in range(2):
        create(account, endpoint, ClientToken="once")
    with refused("IdempotentParameterMismatch"):
        create(account, endpoint, "10.30.0.0/16", ClientToken="once")


def test_only_added_routes_can_be_deleted(account: Account) -> None:
    endpoint = account.associated_endpoint()
    create(account, endpoint)
    assert delete(account, endpoint, "0.0.0.0/0")["Status"] == {"Code": "deleting"}
    eventually(lambda: added(account, endpoint) == [])
    with refused("InvalidClientVpnRouteNotFound"):
        delete(account, endpoint, "0.0.0.0/0")
    with refused("InvalidParameterValue"):
        delete(account, endpoint, "10.0.0.0/16")


@pytest.mark.parametrize(("name", "value"), [("origin", "add-route"), ("destination-cidr", "0.0.0.0/0")])
def test_routes_are_filtered(account: Account, name: str, value: str) -> None:
    endpoint = account.associated_endpoint()
    create(account, endpoint)
    filters = [{"Name": name, "Values": [value]}]
    answer = account.ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint, Filters=filters)
    assert [route["DestinationCidr"] for route in answer["Routes"]] == ["0.0.0.0/0"]


def test_an_eleventh_change_at_a_time_is_refused(account: Account, lifelike: None) -> None:
    endpoint = account.endpoint()
    for number in range(10):
        account.ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint, TargetNetworkCidr="10.0.0.0/16", AccessGroupId=f"group-{number}"
        )
    with refused("ConcurrentMutationLimitExceeded"):
        account.ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint, TargetNetworkCidr="10.0.0.0/16", AuthorizeAllGroups=True
        )
