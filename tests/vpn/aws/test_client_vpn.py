"""Reading Client VPN: all pages, the right endpoints, and values that AWS writes in its own way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from vpn.aws import client_vpn, network
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError, translated
from vpn.aws.session import ec2_client
from vpn.aws.snapshots import ConnectionSnapshot

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

# One more than AWS's largest page
PEOPLE = 1001


@pytest.fixture
def client(aws: str) -> "Iterator[EC2Client]":
    """As the portal makes it."""
    with ec2_client(Account("tokyo", TOKYO.region)) as client:
        yield client


def connect(control: Control, endpoint_id: str, username: str) -> str:
    place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": endpoint_id}
    return str(control.connect(**place, username=username, device_ip="198.51.100.27")["id"])


def test_only_endpoints_with_the_tag_are_seen(architecture: Architecture, client: "EC2Client") -> None:
    def seen(tag: str) -> list[str]:
        return [endpoint.endpoint_id for endpoint in client_vpn.endpoints(client, tag=tag)]

    tokyo = architecture.tokyo.endpoint_id
    assert seen("genkan:managed=true") == [tokyo]
    assert seen(f"Name={TOKYO.label}") == [tokyo]
    assert seen("*") == [tokyo]
    for tag in ("genkan:managed=false", "genkan:managed", "genkan:managed=", "managed=true", "", "=true"):
        assert seen(tag) == [], tag


def test_a_star_takes_endpoints_without_any_tag(
    architecture: Architecture, client: "EC2Client", ec2: "EC2Client"
) -> None:
    ec2.delete_tags(
        Resources=[architecture.tokyo.endpoint_id], Tags=[{"Key": "Name"}, {"Key": "genkan:managed"}]
    )
    (endpoint,) = client_vpn.endpoints(client, tag="*")
    assert endpoint.tags == {}


def test_a_tag_s_value_may_hold_an_equals_sign(
    architecture: Architecture, client: "EC2Client", ec2: "EC2Client"
) -> None:
    ec2.create_tags(Resources=[architecture.tokyo.endpoint_id], Tags=[{"Key": "team", "Value": "a=b"}])
    assert len(client_vpn.endpoints(client, tag="team=a=b")) == 1


def test_an_endpoint_that_is_being_deleted_is_left_out(
    architecture: Architecture, client: "EC2Client", ec2: "EC2Client"
) -> None:
    described = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]
    made = ec2.create_client_vpn_endpoint(
        ClientCidrBlock="10.30.0.0/22",
        ServerCertificateArn=described["ServerCertificateArn"],
        AuthenticationOptions=[
            {
                "Type": "federated-authentication",
                "FederatedAuthentication": {"SAMLProviderArn": architecture.tokyo.vpn.saml_provider_arn},
            }
        ],
        ConnectionLogOptions={"Enabled": False},
    )
    assert len(client_vpn.endpoints(client, tag="*")) == 2
    ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=made["ClientVpnEndpointId"])
    assert [endpoint.endpoint_id for endpoint in client_vpn.endpoints(client, tag="*")] == [
        architecture.tokyo.endpoint_id
    ]


def test_it_reads_every_page_or_says_that_it_could_not(
    architecture: Architecture, client: "EC2Client", control: Control, hurried: None
) -> None:
    endpoint_id = architecture.tokyo.endpoint_id
    ids = {connect(control, endpoint_id, f"person-{number}") for number in range(PEOPLE)}
    before = len(control.calls())
    active_connections = client_vpn.active_connections(client, endpoint_id=endpoint_id)
    assert {connection.connection_id for connection in active_connections} == ids
    assert len(control.calls()) - before == 2
    for break_off in (control.cut, control.drop):
        fault = break_off("DescribeClientVpnConnections", page="later")
        with pytest.raises(AwsError) as caught:
            client_vpn.active_connections(client, endpoint_id=endpoint_id)
        assert caught.value.retryable
        control.heal(fault)
    control.fail("DescribeClientVpnConnections", "UnauthorizedOperation", page="later")
    with pytest.raises(AwsError, match="UnauthorizedOperation"):
        client_vpn.active_connections(client, endpoint_id=endpoint_id)


def test_it_lists_who_is_connected_and_not_who_was(
    architecture: Architecture, client: "EC2Client", control: Control
) -> None:
    endpoint_id = architecture.tokyo.endpoint_id
    ended = connect(control, endpoint_id, "l.obrien@example.co.jp")
    control.disconnect(ended)
    there = connect(control, endpoint_id, "m.tanaka@example.co.jp")
    (connection,) = client_vpn.active_connections(client, endpoint_id=endpoint_id)
    assert (connection.connection_id, connection.username, connection.status) == (
        there,
        "m.tanaka@example.co.jp",
        "active",
    )


def test_a_person_whom_aws_does_not_name_has_an_empty_name(
    architecture: Architecture, client: "EC2Client", control: Control
) -> None:
    connect(control, architecture.tokyo.endpoint_id, "m.tanaka@example.co.jp")
    control.show_saml_usernames(False)
    (connection,) = client_vpn.active_connections(client, endpoint_id=architecture.tokyo.endpoint_id)
    assert connection.username == ""
    control.show_saml_usernames(True)


def answer_with(client: "EC2Client", **changes: Any) -> ConnectionSnapshot:
    """One connection as AWS might write it; None leaves a member out. botocore hands this out instead of asking."""
    raw = {
        "ClientVpnEndpointId": "cvpn-endpoint-0a",
        "ConnectionId": "cvpn-connection-0a",
        "ConnectionEstablishedTime": "2026-11-24 01:02:03",
        "IngressBytes": "12",
        "EgressBytes": "34",
        "ClientIp": "10.8.0.2",
        "CommonName": "",
        "Status": {"Code": "active"},
    }
    connection = {name: value for name, value in (raw | changes).items() if value is not None}

    def respond(**_arguments: Any) -> Any:
        return SimpleNamespace(status_code=200), {"Connections": [connection]}

    client.meta.events.register_first("before-call.ec2.DescribeClientVpnConnections", respond)
    (snapshot,) = client_vpn.active_connections(client, endpoint_id="cvpn-endpoint-0a")
    client.meta.events.unregister("before-call.ec2.DescribeClientVpnConnections", respond)
    return snapshot


def test_times_are_read_as_utc_and_counters_as_numbers(client: "EC2Client") -> None:
    answer = answer_with(client)
    assert answer.established_at == datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
    assert (answer.ingress_bytes, answer.egress_bytes) == (12, 34)


@pytest.mark.parametrize("text", ["-", "", "yesterday", "2026-11-24T01:02:03Z"])
def test_a_time_that_is_none_is_not_known(client: "EC2Client", text: str) -> None:
    assert answer_with(client, ConnectionEstablishedTime=text).established_at is None


@pytest.mark.parametrize("text", ["-", "", "1.5", "-3", "\u0663"])
def test_a_counter_that_is_no_number_counts_as_nothing(client: "EC2Client", text: str) -> None:
    assert answer_with(client, IngressBytes=text).ingress_bytes == 0


def test_a_connection_over_ipv6_has_its_ipv6_address(client: "EC2Client") -> None:
    answer = answer_with(client, ClientIp="-", ClientIpv6Address="2001:db8:77::5")
    assert (answer.client_ip, answer.client_ip_v6) == ("-", "2001:db8:77::5")
    assert answer_with(client).client_ip_v6 == ""


def test_associations_and_routes_of_a_transit_gateway_have_no_subnet(client: "EC2Client") -> None:
    answers: dict[str, Any] = {
        "DescribeClientVpnTargetNetworks": {
            "ClientVpnTargetNetworks": [
                {
                    "AssociationId": "cvpn-assoc-00",
                    "Status": {"Code": "associated"},
                    "AvailabilityZones": ["ap-northeast-1a"],
                }
            ]
        },
        "DescribeClientVpnRoutes": {
            "Routes": [
                {
                    "DestinationCidr": "0.0.0.0/0",
                    "Origin": "add-route",
                    "Status": {"Code": "active"},
                    "TransitGatewayAttachmentId": "tgw-attach-0123456789abcdef0",
                }
            ]
        },
    }

    def respond(model: Any, **_arguments: Any) -> Any:
        return SimpleNamespace(status_code=200), answers[model.name]

    for action in answers:
        client.meta.events.register_first(f"before-call.ec2.{action}", respond)
    (zone,) = client_vpn.target_networks(client, endpoint_id="cvpn-endpoint-0a")
    (route,) = client_vpn.routes(client, endpoint_id="cvpn-endpoint-0a")
    assert (zone.subnet_id, zone.place) == ("", "ap-northeast-1a")
    assert (route.target_subnet, route.destination_cidr) == ("", "0.0.0.0/0")


def test_what_is_said_about_another_endpoint_is_left_out(client: "EC2Client") -> None:
    with pytest.raises(ValueError, match="not enough values"):
        answer_with(client, ClientVpnEndpointId="cvpn-endpoint-0b")


def test_an_answer_without_what_aws_promises_is_broken(client: "EC2Client") -> None:
    with pytest.raises(AwsError) as caught:
        answer_with(client, ConnectionId=None)
    assert caught.value.id == "aws-answer-broken"


def test_the_network_of_no_vpc_is_its_site_to_site_vpns_only(
    architecture: Architecture, client: "EC2Client"
) -> None:
    network_snapshot = network.network(client, vpc_ids=())
    assert (network_snapshot.route_tables, network_snapshot.nat_gateways, network_snapshot.elastic_ips) == (
        (),
        (),
        (),
    )
    (vpn,) = network_snapshot.site_to_site_vpns
    assert vpn.vpn_connection_id == architecture.site_to_site.vpn_connection_id


def test_the_network_is_that_of_the_vpcs_asked_for(
    architecture: Architecture, client: "EC2Client", ec2: "EC2Client"
) -> None:
    other = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    network_snapshot = network.network(client, vpc_ids={architecture.tokyo.network.vpc_id})
    assert {table.vpc_id for table in network_snapshot.route_tables} == {architecture.tokyo.network.vpc_id}
    assert [table.route_table_id for table in network_snapshot.route_tables if table.main]
    assert [nat.nat_gateway_id for nat in network_snapshot.nat_gateways] == [
        architecture.tokyo.network.nat_gateway_id
    ]
    assert other not in {table.vpc_id for table in network_snapshot.route_tables}


def test_a_program_error_inside_is_no_error_of_aws() -> None:
    """Only what botocore raises, or what its answers lack, is AWS's."""
    with pytest.raises(ZeroDivisionError), translated():
        _ = 1 / 0
