"""Each change is sent as AWS wants it, and what AWS then says of the endpoint is what was meant."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, Site
from sandbox.company import EMPLOYEES, ENGINEERING, TOKYO
from tests.sandbox.aws.account import eventually
from tests.sandbox.aws.test_revocation_list import revocation_list
from vpn.aws import client_vpn, client_vpn_changes, errors
from vpn.aws.accounts import Account
from vpn.aws.answers import Accepted, Terminated
from vpn.aws.endpoint_requests import Authentication, EndpointChanges, NewEndpoint, to_create, to_modify
from vpn.aws.session import ec2_client

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

UNKNOWN = "cvpn-endpoint-00000000000000000"
NETWORK = "172.17.0.0/16"
POLICY = 'forbid(principal, action, resource) when { context.username == "x" };'


@pytest.fixture
def client(aws: str) -> "Iterator[EC2Client]":
    """As the portal makes it for changes."""
    with ec2_client(Account("tokyo", TOKYO.region), operate=True) as client:
        yield client


@pytest.fixture
def tokyo(architecture: Architecture) -> Site:
    return architecture.tokyo


def new_endpoint(tokyo: Site, *ways: Authentication, **settings: Any) -> NewEndpoint:
    federated = Authentication("federated-authentication", saml_provider_arn=tokyo.vpn.saml_provider_arn)
    return NewEndpoint(
        client_cidr_block="10.40.0.0/22",
        authentication=ways or (federated,),
        settings=EndpointChanges(server_certificate_arn=tokyo.vpn.certificate_arn, **settings),
        transport_protocol="tcp",
        tags={"Name": "standby", "genkan:managed": "true"},
    )


def described(client: "EC2Client", endpoint_id: str) -> Any:
    answer = client.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint_id])
    return answer["ClientVpnEndpoints"][0]


def test_a_route_comes_and_goes(client: "EC2Client", tokyo: Site) -> None:
    route = {"destination_cidr": NETWORK, "target_subnet": tokyo.network.private_subnet_id}
    place: dict[str, Any] = {"endpoint_id": tokyo.endpoint_id, **route}
    made = client_vpn_changes.create_route(client, **place, token="route-1", description="branch office")
    assert made == Accepted("creating")

    def described() -> list[tuple[str, str]]:
        routes = client_vpn.routes(client, endpoint_id=tokyo.endpoint_id)
        return [(route.status, route.description) for route in routes if route.destination_cidr == NETWORK]

    eventually(lambda: described() == [("active", "branch office")])
    with pytest.raises(errors.AlreadyExists):
        client_vpn_changes.create_route(client, **place, token="route-2")
    assert client_vpn_changes.delete_route(client, **place).status == "deleting"
    eventually(lambda: described() == [])
    with pytest.raises(errors.AlreadyGone):
        client_vpn_changes.delete_route(client, **place)


@pytest.mark.parametrize("group_id", ["", ENGINEERING.id])
def test_a_rule_comes_and_goes(client: "EC2Client", tokyo: Site, group_id: str) -> None:
    rule: dict[str, Any] = {
        "endpoint_id": tokyo.endpoint_id,
        "destination_cidr": NETWORK,
        "group_id": group_id,
    }
    assert client_vpn_changes.authorize_ingress(client, **rule, token="rule-1").status == "authorizing"

    def described() -> list[tuple[str, str, bool]]:
        rules = client_vpn.authorization_rules(client, endpoint_id=tokyo.endpoint_id)
        return [
            (rule.status, rule.group_id, rule.access_all)
            for rule in rules
            if rule.destination_cidr == NETWORK
        ]

    eventually(lambda: described() == [("active", group_id, not group_id)])
    with pytest.raises(errors.AlreadyExists):
        client_vpn_changes.authorize_ingress(client, **rule, token="rule-2")
    assert client_vpn_changes.revoke_ingress(client, **rule).status == "revoking"
    eventually(lambda: described() == [])
    with pytest.raises(errors.AlreadyGone):
        client_vpn_changes.revoke_ingress(client, **rule)


def test_the_same_call_with_the_same_token_changes_nothing_more(client: "EC2Client", tokyo: Site) -> None:
    route: dict[str, Any] = {
        "endpoint_id": tokyo.endpoint_id,
        "destination_cidr": NETWORK,
        "target_subnet": tokyo.network.private_subnet_id,
    }
    first = client_vpn_changes.create_route(client, **route, token="same")
    assert client_vpn_changes.create_route(client, **route, token="same") == first
    routes = client_vpn.routes(client, endpoint_id=tokyo.endpoint_id)
    assert [route.destination_cidr for route in routes].count(NETWORK) == 1
    with pytest.raises(errors.TokenReused):
        client_vpn_changes.create_route(
            client, **{**route, "destination_cidr": "172.18.0.0/16"}, token="same"
        )


def test_a_target_network_is_disassociated_and_associated_again(client: "EC2Client", tokyo: Site) -> None:
    place: dict[str, Any] = {"endpoint_id": tokyo.endpoint_id}
    subnet_id = tokyo.network.private_subnet_id

    def states() -> list[str]:
        return [target_network.status for target_network in client_vpn.target_networks(client, **place)]

    with pytest.raises(errors.AlreadyExists):
        client_vpn_changes.associate_target_network(client, **place, place=subnet_id, token="a-1")
    gone = client_vpn_changes.disassociate_target_network(
        client, **place, association_id=tokyo.vpn.association_id
    )
    assert gone.status == "disassociating"
    eventually(lambda: states() in ([], ["disassociated"]))
    with pytest.raises(errors.AlreadyGone):
        client_vpn_changes.disassociate_target_network(
            client, **place, association_id=tokyo.vpn.association_id
        )
    with pytest.raises(errors.NotAssociated):
        client_vpn_changes.create_route(
            client, **place, destination_cidr=NETWORK, target_subnet=subnet_id, token="r"
        )
    made = client_vpn_changes.associate_target_network(client, **place, place=subnet_id, token="a-2")
    assert made.status == "associating"
    assert made.id.startswith("cvpn-assoc-")
    eventually(lambda: "associated" in states())


def test_a_subnet_that_cannot_be_associated_is_refused(client: "EC2Client", tokyo: Site) -> None:
    with pytest.raises(errors.SubnetUnusable):
        client_vpn_changes.associate_target_network(
            client, endpoint_id=tokyo.endpoint_id, place="subnet-00000000", token="a"
        )


def test_security_groups_are_replaced(client: "EC2Client", tokyo: Site) -> None:
    vpc_id = tokyo.network.vpc_id
    made = client.create_security_group(GroupName="vpn-people", Description="people", VpcId=vpc_id)
    group = made["GroupId"]
    client_vpn_changes.apply_security_groups(
        client, endpoint_id=tokyo.endpoint_id, vpc_id=vpc_id, security_groups=[group]
    )
    (network,) = client_vpn.target_networks(client, endpoint_id=tokyo.endpoint_id)
    assert network.security_groups == (group,)
    with pytest.raises(errors.NotFound):
        client_vpn_changes.apply_security_groups(
            client, endpoint_id=tokyo.endpoint_id, vpc_id=vpc_id, security_groups=["sg-0"]
        )


def test_a_connection_is_terminated_once(client: "EC2Client", tokyo: Site, control: Control) -> None:
    place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": tokyo.endpoint_id}
    made = control.connect(**place, username="m.tanaka@example.co.jp", device_ip="198.51.100.27")
    connection: dict[str, Any] = {"endpoint_id": tokyo.endpoint_id, "connection_id": made["id"]}
    answer = client_vpn_changes.terminate_connection(client, **connection)
    assert answer == (Terminated(made["id"], "active", "terminating"),)
    with pytest.raises(errors.AlreadyGone):
        client_vpn_changes.terminate_connection(client, **connection)
    assert client_vpn.active_connections(client, endpoint_id=tokyo.endpoint_id) == []
    (listed,) = client_vpn.connections(client, endpoint_id=tokyo.endpoint_id)
    assert listed.connection_id == made["id"]
    assert listed.status in {"terminating", "terminated"}


def test_every_setting_can_be_modified_and_nothing_else_changes(client: "EC2Client", tokyo: Site) -> None:
    before = described(client, tokyo.endpoint_id)
    handler = "arn:aws:lambda:ap-northeast-1:123456789012:function:AWSClientVPN-deny-list"
    changes = EndpointChanges(
        description="Tokyo, until further notice",
        split_tunnel=True,
        dns_servers=["10.0.0.2"],
        vpn_port=1194,
        session_timeout_hours=8,
        disconnect_on_session_timeout=False,
        login_banner="関係者以外の利用を禁止します。",
        client_route_enforcement=True,
        self_service_portal=True,
        client_connect_handler=handler,
    )
    client_vpn_changes.modify_endpoint(client, endpoint_id=tokyo.endpoint_id, changes=changes)
    after = described(client, tokyo.endpoint_id)
    assert (after["Description"], after["SplitTunnel"], after["DnsServers"]) == (
        "Tokyo, until further notice",
        True,
        ["10.0.0.2"],
    )
    assert (after["VpnPort"], after["SessionTimeoutHours"]) == (1194, 8)
    assert after["DisconnectOnSessionTimeout"] is False
    assert after["ClientLoginBannerOptions"] == {
        "Enabled": True,
        "BannerText": "関係者以外の利用を禁止します。",
    }
    assert after["ClientRouteEnforcementOptions"] == {"Enforced": True}
    assert after["SelfServicePortalUrl"]
    assert after["ClientConnectOptions"]["LambdaFunctionArn"] == handler
    for name in ("ServerCertificateArn", "ConnectionLogOptions", "SecurityGroupIds", "ClientCidrBlock"):
        assert after[name] == before[name]


def test_what_can_be_switched_on_can_be_switched_off(client: "EC2Client", tokyo: Site) -> None:
    on = EndpointChanges(dns_servers=["10.0.0.2"], login_banner="Hello", self_service_portal=True)
    off = EndpointChanges(
        dns_servers=(),
        login_banner="",
        log_group="",
        client_connect_handler="",
        self_service_portal=False,
        client_route_enforcement=False,
    )
    for changes in (on, off):
        client_vpn_changes.modify_endpoint(client, endpoint_id=tokyo.endpoint_id, changes=changes)
    after = described(client, tokyo.endpoint_id)
    assert after["DnsServers"] == []
    assert after["ClientLoginBannerOptions"]["Enabled"] is False
    assert after["ConnectionLogOptions"]["Enabled"] is False
    assert after["ClientConnectOptions"]["Enabled"] is False
    assert "SelfServicePortalUrl" not in after


def test_a_value_that_aws_does_not_take_is_refused(client: "EC2Client", tokyo: Site) -> None:
    for changes in (
        EndpointChanges(vpn_port=1195),
        EndpointChanges(session_timeout_hours=9),
        EndpointChanges(server_certificate_arn="arn:aws:acm:ap-northeast-1:123456789012:certificate/none"),
        EndpointChanges(security_groups=["sg-0"]),
        EndpointChanges(),
    ):
        with pytest.raises(errors.RequestInvalid):
            client_vpn_changes.modify_endpoint(client, endpoint_id=tokyo.endpoint_id, changes=changes)


def test_an_endpoint_is_made_beside_the_old_one_and_deleted(client: "EC2Client", tokyo: Site) -> None:
    new = new_endpoint(
        tokyo, description="standby", dns_servers=["10.0.0.2"], log_group=tokyo.vpn.log_group, vpn_port=1194
    )
    made = client_vpn_changes.create_endpoint(client, new=new, token="new-1")
    assert made.status == "pending-associate"
    assert client_vpn_changes.create_endpoint(client, new=new, token="new-1") == made
    standby = {
        endpoint.endpoint_id: endpoint for endpoint in client_vpn.endpoints(client, tag="Name=standby")
    }
    assert set(standby) == {made.id}
    endpoint = standby[made.id]
    assert (endpoint.client_cidr_block, endpoint.transport_protocol) == ("10.40.0.0/22", "tcp")
    assert (endpoint.dns_servers, endpoint.log_group) == (("10.0.0.2",), tokyo.vpn.log_group)
    assert endpoint.authentication == ("federated-authentication",)
    assert client_vpn_changes.delete_endpoint(client, endpoint_id=made.id).status == "deleting"
    with pytest.raises(errors.StillAssociated):
        client_vpn_changes.delete_endpoint(client, endpoint_id=tokyo.endpoint_id)


def test_a_region_that_is_full_says_so(client: "EC2Client", tokyo: Site) -> None:
    for number in range(4):
        client_vpn_changes.create_endpoint(client, new=new_endpoint(tokyo), token=f"new-{number}")
    with pytest.raises(errors.LimitReached):
        client_vpn_changes.create_endpoint(client, new=new_endpoint(tokyo), token="new-4")


def test_a_revocation_list_is_imported_and_exported(client: "EC2Client", tokyo: Site) -> None:
    mutual = Authentication(
        "certificate-authentication", client_root_certificate_chain_arn=tokyo.vpn.certificate_arn
    )
    made = client_vpn_changes.create_endpoint(client, new=new_endpoint(tokyo, mutual), token="mutual")
    text = revocation_list(17)
    client_vpn_changes.import_revocation_list(client, endpoint_id=made.id, text=text)
    exported = client_vpn_changes.export_revocation_list(client, endpoint_id=made.id)
    assert exported.text == text
    assert exported.status in {"pending", "active"}
    with pytest.raises(errors.RequestInvalid):
        client_vpn_changes.import_revocation_list(client, endpoint_id=made.id, text="nonsense")
    with pytest.raises(errors.RequestInvalid):
        client_vpn_changes.import_revocation_list(client, endpoint_id=tokyo.endpoint_id, text=text)


def test_an_authorization_policy_is_made_read_and_deleted(client: "EC2Client", tokyo: Site) -> None:
    place: dict[str, Any] = {"endpoint_id": tokyo.endpoint_id}
    made = client_vpn_changes.modify_authorization_policy(
        client, **place, document=POLICY, token="policy-1", description="blocked", shadow_mode=True
    )
    assert made.status == "creating"
    kept = client_vpn_changes.get_authorization_policy(client, **place)
    assert (kept.document, kept.description, kept.shadow_mode) == (POLICY, "blocked", True)
    enforced = client_vpn_changes.modify_authorization_policy(
        client, **place, document=POLICY, token="policy-2"
    )
    assert enforced.status == "updating"
    assert client_vpn_changes.get_authorization_policy(client, **place).shadow_mode is False
    assert client_vpn_changes.delete_authorization_policy(client, **place).status == "deleting"
    with pytest.raises(errors.RequestInvalid):
        client_vpn_changes.modify_authorization_policy(client, **place, document="{}", token="policy-3")


def every_change(endpoint_id: str, new: NewEndpoint) -> dict[str, Callable[..., object]]:
    """Each call with values that AWS would refuse if it looked at them."""
    of: dict[str, Any] = {"endpoint_id": endpoint_id}
    route: dict[str, Any] = {**of, "destination_cidr": "x", "target_subnet": "x"}
    rule: dict[str, Any] = {**of, "destination_cidr": "x", "group_id": ""}
    arguments: dict[str, dict[str, Any]] = {
        "associate_target_network": {**of, "place": "x", "token": "t"},
        "disassociate_target_network": {**of, "association_id": "x"},
        "authorize_ingress": {**rule, "token": "t"},
        "revoke_ingress": rule,
        "create_route": {**route, "token": "t"},
        "delete_route": route,
        "modify_endpoint": {**of, "changes": EndpointChanges()},
        "apply_security_groups": {**of, "vpc_id": "x", "security_groups": ["x"]},
        "terminate_connection": {**of, "connection_id": "x"},
        "import_revocation_list": {**of, "text": "x"},
        "export_revocation_list": of,
        "create_endpoint": {"new": new, "token": "t"},
        "delete_endpoint": of,
        "modify_authorization_policy": {**of, "document": "x", "token": "t"},
        "get_authorization_policy": of,
        "delete_authorization_policy": of,
    }

    def call(name: str) -> Callable[..., object]:
        return lambda client: getattr(client_vpn_changes, name)(client, **arguments[name], dry_run=True)

    return {name: call(name) for name in arguments}


def test_a_dry_run_that_is_permitted_returns_quietly_and_changes_nothing(
    client: "EC2Client", tokyo: Site, control: Control
) -> None:
    changes = every_change(UNKNOWN, new_endpoint(tokyo))
    for ask in changes.values():
        assert not getattr(ask(client), "status", "")
    assert {call["status"] for call in control.calls()[-len(changes) :]} == {412}
    assert len(client_vpn.endpoints(client, tag="*")) == 1


def test_a_dry_run_that_is_not_permitted_is_denied(
    client: "EC2Client", tokyo: Site, control: Control
) -> None:
    control.fail("*", "UnauthorizedOperation", service="ec2")
    for ask in every_change(UNKNOWN, new_endpoint(tokyo)).values():
        with pytest.raises(errors.AccessDenied):
            ask(client)


def test_a_permitted_dry_run_that_nobody_asked_for_is_no_change(
    client: "EC2Client", tokyo: Site, control: Control
) -> None:
    control.fail("DeleteClientVpnEndpoint", "DryRunOperation")
    with pytest.raises(errors.DryRunPassed):
        client_vpn_changes.delete_endpoint(client, endpoint_id=tokyo.endpoint_id)


@pytest.mark.usefixtures("hurried")
def test_too_many_changes_at_once_can_be_tried_again(
    client: "EC2Client", tokyo: Site, control: Control
) -> None:
    control.fail("CreateClientVpnRoute", "ConcurrentMutationLimitExceeded")
    before = len(control.calls())
    with pytest.raises(errors.ResourceBusy) as caught:
        client_vpn_changes.create_route(
            client,
            endpoint_id=tokyo.endpoint_id,
            destination_cidr=NETWORK,
            target_subnet=tokyo.network.private_subnet_id,
            token="busy",
        )
    assert caught.value.retryable
    assert len(control.calls()) - before == 1, "botocore doesn't try this one again by itself"


def test_an_unknown_endpoint_is_not_something_that_is_gone_already(client: "EC2Client", tokyo: Site) -> None:
    with pytest.raises(errors.NotFound):
        client_vpn_changes.revoke_ingress(
            client, endpoint_id=UNKNOWN, destination_cidr="0.0.0.0/0", group_id=EMPLOYEES.id
        )


def test_create_and_modify_say_dns_servers_in_their_own_ways() -> None:
    changes = EndpointChanges(server_certificate_arn="arn", dns_servers=("10.0.0.2",))
    assert to_modify(changes)["DnsServers"] == {"CustomDnsServers": ["10.0.0.2"], "Enabled": True}
    assert to_modify(EndpointChanges(dns_servers=())) == {"DnsServers": {"Enabled": False}}
    ways = (
        Authentication("directory-service-authentication", directory_id="d-1"),
        Authentication("federated-authentication", saml_provider_arn="a", self_service_saml_provider_arn="b"),
    )
    request = to_create(NewEndpoint("10.0.0.0/22", ways, changes))
    assert request["DnsServers"] == ["10.0.0.2"]
    assert request["ConnectionLogOptions"] == {"Enabled": False}
    assert request["AuthenticationOptions"] == [
        {"Type": "directory-service-authentication", "ActiveDirectory": {"DirectoryId": "d-1"}},
        {
            "Type": "federated-authentication",
            "FederatedAuthentication": {"SAMLProviderArn": "a", "SelfServiceSAMLProviderArn": "b"},
        },
    ]


def test_each_action_that_the_role_for_changes_needs_is_in_its_documented_policy() -> None:
    named = set(re.findall(r"\b[A-Z][a-z]+[A-Za-z]*ClientVpn[A-Za-z]+", client_vpn_changes.__doc__ or ""))
    policy = (Path(__file__).parents[3] / "infra" / "iam" / "operations.json").read_text(encoding="utf-8")
    assert len(named) == 16
    assert {action for action in named if f'"ec2:{action}"' not in policy} == set()
