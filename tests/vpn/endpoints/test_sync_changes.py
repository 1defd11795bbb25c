"""What changes in AWS is in the next snapshot."""

import hashlib
from typing import TYPE_CHECKING

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, OFFICE_LAN, TOKYO
from tests.sandbox.aws.account import eventually
from vpn.endpoints import services
from vpn.endpoints.models import Endpoint, LiveConnection, SiteToSiteVpn

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import TagTypeDef

PERSON = "m.tanaka@example.co.jp"
MANAGED: "TagTypeDef" = {"Key": "genkan:managed", "Value": "true"}


def sync() -> None:
    assert not any(result.failures for result in services.sync_all())


def tokyo() -> Endpoint:
    return Endpoint.objects.get(label=TOKYO.label)


def connect(control: Control, architecture: Architecture, username: str = PERSON) -> str:
    connection = control.connect(
        account=TOKYO.account,
        region=TOKYO.region,
        endpoint_id=architecture.tokyo.endpoint_id,
        username=username,
        device_ip="198.51.100.27",
    )
    return str(connection["id"])


def test_a_second_look_at_the_same_changes_only_the_times(synced: Architecture) -> None:
    before = vars(tokyo())
    sync()
    after = vars(tokyo())
    changed = {name for name in after if after[name] != before[name]} - {"_state"}
    assert changed == {
        "seen_at",
        "attempted_at",
        "connections_seen_at",
        "configuration_seen_at",
        "egress_known_at",
    }
    assert Endpoint.objects.count() == 2


def test_new_rules_and_routes_are_seen(synced: Architecture, ec2: "EC2Client") -> None:
    endpoint = synced.tokyo.endpoint_id
    ec2.authorize_client_vpn_ingress(
        ClientVpnEndpointId=endpoint, TargetNetworkCidr="192.0.2.0/24", AccessGroupId="sales"
    )
    ec2.revoke_client_vpn_ingress(
        ClientVpnEndpointId=endpoint, TargetNetworkCidr="0.0.0.0/0", AccessGroupId=EMPLOYEES.id
    )
    ec2.delete_client_vpn_route(
        ClientVpnEndpointId=endpoint,
        DestinationCidrBlock=OFFICE_LAN,
        TargetVpcSubnetId=synced.tokyo.network.private_subnet_id,
    )
    eventually(lambda: OFFICE_LAN not in str(ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint)))
    sync()
    assert {rule["group_id"] for rule in tokyo().authorization_rules} >= {"sales"}
    assert "0.0.0.0/0" not in {rule["destination_cidr"] for rule in tokyo().authorization_rules}
    assert OFFICE_LAN not in {route["destination_cidr"] for route in tokyo().routes}
    assert tokyo().egress[0]["reasons"] == ["no-authorization-rule"]


def test_a_nat_gateway_that_was_deleted_takes_the_fixed_address_away(
    synced: Architecture, ec2: "EC2Client"
) -> None:
    ec2.delete_nat_gateway(NatGatewayId=synced.tokyo.network.nat_gateway_id)
    sync()
    assert tokyo().egress_ips == []
    assert tokyo().egress[0]["reasons"] == ["blackhole"]


def test_a_subnet_that_was_disassociated_is_seen(synced: Architecture, ec2: "EC2Client") -> None:
    endpoint = synced.tokyo.endpoint_id
    ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint, AssociationId=synced.tokyo.vpn.association_id
    )
    profile = tokyo().configuration

    def gone() -> bool:
        listed = ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint])["ClientVpnEndpoints"]
        return listed[0]["Status"]["Code"] == "pending-associate"

    eventually(gone)
    sync()
    assert (tokyo().status, tokyo().target_networks) == ("pending-associate", [])
    assert [subnet["reasons"] for subnet in tokyo().egress] == [["no-target-network"]]
    assert tokyo().configuration == profile


def test_an_endpoint_without_a_network_has_no_profile_yet(
    architecture: Architecture, ec2: "EC2Client", db: None
) -> None:
    described = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]
    fresh = ec2.create_client_vpn_endpoint(
        ClientCidrBlock="10.30.0.0/22",
        ServerCertificateArn=described["ServerCertificateArn"],
        AuthenticationOptions=[
            {
                "Type": "federated-authentication",
                "FederatedAuthentication": {"SAMLProviderArn": architecture.tokyo.vpn.saml_provider_arn},
            }
        ],
        ConnectionLogOptions={"Enabled": False},
        TagSpecifications=[
            {
                "ResourceType": "client-vpn-endpoint",
                "Tags": [{"Key": "genkan:managed", "Value": "true"}],
            }
        ],
    )["ClientVpnEndpointId"]
    sync()
    row = Endpoint.objects.get(endpoint_id=fresh)
    assert (row.status, row.label, row.error_id) == ("pending-associate", fresh, "")
    assert (row.configuration, row.configuration_hash, row.configuration_seen_at) == ("", "", None)
    assert row.log_group == ""


def test_an_endpoint_that_vanished_is_marked_and_comes_back(synced: Architecture, ec2: "EC2Client") -> None:
    endpoint = synced.tokyo.endpoint_id
    ec2.delete_tags(Resources=[endpoint], Tags=[MANAGED])
    sync()
    gone = tokyo()
    assert gone.vanished_at is not None
    assert gone.egress_ips == [TOKYO.egress_ip]
    sync()
    assert tokyo().vanished_at == gone.vanished_at
    ec2.create_tags(Resources=[endpoint], Tags=[MANAGED])
    sync()
    assert tokyo().vanished_at is None
    assert Endpoint.objects.count() == 2


def test_an_endpoint_that_was_deleted_keeps_its_row(synced: Architecture, ec2: "EC2Client") -> None:
    endpoint = synced.tokyo.endpoint_id
    ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint, AssociationId=synced.tokyo.vpn.association_id
    )
    eventually(
        lambda: (
            not ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)[
                "ClientVpnTargetNetworks"
            ]
        )
    )
    ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint)
    sync()
    assert tokyo().vanished_at is not None


def test_one_that_comes_back_but_cannot_be_read_is_there_again(
    synced: Architecture, ec2: "EC2Client", control: Control
) -> None:
    endpoint = synced.tokyo.endpoint_id
    ec2.delete_tags(Resources=[endpoint], Tags=[MANAGED])
    sync()
    ec2.create_tags(Resources=[endpoint], Tags=[MANAGED])
    control.fail("DescribeClientVpnRoutes", "UnauthorizedOperation")
    services.sync_all()
    assert (tokyo().vanished_at, tokyo().error_id) == (None, "aws-access-denied")


def test_the_profile_is_kept_byte_for_byte(synced: Architecture, ec2: "EC2Client") -> None:
    answer = ec2.export_client_vpn_client_configuration(ClientVpnEndpointId=synced.tokyo.endpoint_id)
    assert tokyo().configuration == answer["ClientConfiguration"]
    assert tokyo().configuration_hash == hashlib.sha256(answer["ClientConfiguration"].encode()).hexdigest()


def test_the_profile_has_changed_only_when_it_has(synced: Architecture, ec2: "EC2Client") -> None:
    first = tokyo()
    sync()
    assert tokyo().configuration_changed_at == first.configuration_changed_at
    ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=synced.tokyo.endpoint_id, VpnPort=1194)

    def applied() -> bool:
        text = ec2.export_client_vpn_client_configuration(ClientVpnEndpointId=synced.tokyo.endpoint_id)
        return " 1194" in text["ClientConfiguration"]

    eventually(applied)
    sync()
    changed = tokyo()
    assert changed.configuration_hash != first.configuration_hash
    assert changed.configuration_changed_at == changed.seen_at
    assert changed.vpn_port == 1194


def test_live_connections_are_those_of_the_last_look(synced: Architecture, control: Control) -> None:
    first = connect(control, synced)
    control.count(first, ingress_bytes=1000, egress_bytes=2000)
    sync()
    row = LiveConnection.objects.get()
    assert (row.connection_id, row.username, row.endpoint) == (first, PERSON, tokyo())
    assert (row.ingress_bytes, row.egress_bytes) == (1000, 2000)
    assert row.client_ip is not None
    assert row.client_ip.startswith("10.8.")
    assert row.established_at is not None
    assert abs(row.established_at.timestamp() - control.now()) < 60
    control.disconnect(first)
    second = connect(control, synced, "l.obrien@example.co.jp")
    sync()
    assert LiveConnection.objects.get().connection_id == second


@pytest.mark.parametrize("both", [True, False])
def test_a_line_to_the_office_that_is_down_is_seen(
    synced: Architecture, control: Control, *, both: bool
) -> None:
    vpn = SiteToSiteVpn.objects.get()
    assert (vpn.vpn_connection_id, vpn.name) == (
        synced.site_to_site.vpn_connection_id,
        f"{TOKYO.label}-office",
    )
    assert (vpn.account.name, vpn.state) == ("tokyo", "available")
    assert [tunnel["status"] for tunnel in vpn.tunnels] == ["UP", "UP"]
    control.set_tunnels(
        account=TOKYO.account,
        region=TOKYO.region,
        vpn_connection_id=vpn.vpn_connection_id,
        status="DOWN",
        outside_ip="" if both else vpn.tunnels[1]["outside_ip"],
    )
    sync()
    tunnels = SiteToSiteVpn.objects.get().tunnels
    assert [tunnel["status"] for tunnel in tunnels] == ["DOWN" if both else "UP", "DOWN"]
    assert tunnels[1]["message"] == "IPSEC IS DOWN"
    assert tunnels[1]["changed_at"]


def test_a_line_to_the_office_that_was_deleted_is_marked(synced: Architecture, ec2: "EC2Client") -> None:
    ec2.delete_vpn_connection(VpnConnectionId=synced.site_to_site.vpn_connection_id)
    sync()
    assert SiteToSiteVpn.objects.get().vanished_at is not None
