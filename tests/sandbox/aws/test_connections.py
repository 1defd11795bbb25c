"""EC2 API reference: Describe-, TerminateClientVpnConnections; admin guide: "Client VPN connections"."""

from typing import Any

import pytest

from sandbox.aws.control import Control, SandboxError
from sandbox.company import HOME_ADDRESS, TOKYO
from tests.sandbox.aws.account import Account, eventually, refused


class Vpn:
    """An available endpoint that people connect to."""

    def __init__(self, account: Account, control: Control, endpoint: str) -> None:
        self.account, self.control, self.endpoint = account, control, endpoint

    def connect(self, username: str = "m.tanaka@example.co.jp") -> dict[str, Any]:
        return self.control.connect(
            account=TOKYO.account,
            region=TOKYO.region,
            endpoint_id=self.endpoint,
            username=username,
            device_ip=HOME_ADDRESS,
        )

    def listed(self, **filters: str) -> list[dict[str, Any]]:
        answer = self.account.ec2.describe_client_vpn_connections(
            ClientVpnEndpointId=self.endpoint,
            Filters=[{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()],
        )
        return list(answer["Connections"])

    def terminate(self, **arguments: str) -> Any:
        return self.account.ec2.terminate_client_vpn_connections(
            ClientVpnEndpointId=self.endpoint, **arguments
        )


@pytest.fixture
def vpn(account: Account, control: Control) -> Vpn:
    return Vpn(account, control, account.associated_endpoint())


def test_a_connection_has_an_address_of_the_client_cidr_and_strings_for_numbers(vpn: Vpn) -> None:
    connection = vpn.connect()
    listed = vpn.listed()[0]
    assert listed["ConnectionId"] == connection["id"]
    assert listed["ClientIp"] == "10.20.0.2"
    assert listed["Status"] == {"Code": "active"}
    assert listed["ConnectionEndTime"] == "-"
    assert listed["Username"] == "m.tanaka@example.co.jp"
    assert (listed["IngressBytes"], listed["EgressPackets"]) == ("0", "0")
    assert len(listed["ConnectionEstablishedTime"]) == len("2019-08-12 07:57:14")


def test_every_connection_has_its_own_address_and_freed_ones_come_back(vpn: Vpn) -> None:
    first, second = vpn.connect(), vpn.connect()
    assert [first["client_ip"], second["client_ip"]] == ["10.20.0.2", "10.20.0.3"]
    vpn.control.disconnect(first["id"])
    assert vpn.connect()["client_ip"] == "10.20.0.2"


def test_counters_add_up(vpn: Vpn) -> None:
    connection = vpn.connect()
    for _ in range(2):
        vpn.control.count(connection["id"], ingress_bytes=100, egress_bytes=2000, ingress_packets=1)
    listed = vpn.listed()[0]
    counted = (listed["IngressBytes"], listed["EgressBytes"], listed["IngressPackets"])
    assert counted == ("200", "4000", "2")


def test_nobody_connects_without_a_target_network(account: Account, control: Control) -> None:
    with pytest.raises(SandboxError, match="InvalidClientVpnActiveAssociationNotFound"):
        Vpn(account, control, account.endpoint()).connect()


def test_an_ended_connection_is_listed_for_an_hour(vpn: Vpn) -> None:
    connection = vpn.connect()
    vpn.control.disconnect(connection["id"])
    ended = vpn.listed()[0]
    assert ended["Status"]["Code"] == "terminated"
    assert ended["ConnectionEndTime"] == ended["Timestamp"]
    vpn.control.skip(59 * 60)
    assert len(vpn.listed()) == 1
    vpn.control.skip(2 * 60)
    assert vpn.listed() == []


def test_terminating_by_id_goes_through_terminating(vpn: Vpn) -> None:
    connection = vpn.connect()
    answer = vpn.terminate(ConnectionId=connection["id"])
    assert answer["ClientVpnEndpointId"] == vpn.endpoint
    assert answer["ConnectionStatuses"] == [
        {
            "ConnectionId": connection["id"],
            "PreviousStatus": {"Code": "active"},
            "CurrentStatus": {"Code": "terminating"},
        }
    ]
    eventually(lambda: vpn.listed()[0]["Status"]["Code"] == "terminated")
    assert vpn.listed()[0]["ConnectionEndTime"] != "-"
    with refused("InvalidClientVpnConnection.IdNotFound"):
        vpn.terminate(ConnectionId=connection["id"])


def test_terminating_by_name_takes_all_of_a_user_s_connections_up_to_five(vpn: Vpn) -> None:
    for _ in range(5):
        vpn.connect("l.obrien@example.co.jp")
    other = vpn.connect()
    answer = vpn.terminate(Username="l.obrien@example.co.jp")
    assert answer["Username"] == "l.obrien@example.co.jp"
    assert len(answer["ConnectionStatuses"]) == 5
    assert vpn.listed(connection_id=other["id"])[0]["Status"]["Code"] == "active"
    for _ in range(5):
        vpn.connect()
    with refused("ClientVpnTerminateConnectionsLimitExceeded"):
        vpn.terminate(Username="m.tanaka@example.co.jp")


def test_terminating_wants_to_know_whom(vpn: Vpn) -> None:
    with refused("MissingParameter"):
        vpn.terminate()
    with refused("InvalidParameterCombination"):
        vpn.terminate(ConnectionId=vpn.connect()["id"], Username="m.tanaka@example.co.jp")
    with refused("InvalidClientVpnConnection.UserNotFound"):
        vpn.terminate(Username="nobody@example.co.jp")


def test_connections_are_filtered_by_id_and_name(vpn: Vpn) -> None:
    first = vpn.connect()
    vpn.connect("l.obrien@example.co.jp")
    assert [c["ConnectionId"] for c in vpn.listed(connection_id=first["id"])] == [first["id"]]
    assert [c["ConnectionId"] for c in vpn.listed(username=first["username"])] == [first["id"]]


def test_user_names_of_saml_can_be_left_out_as_the_reference_has_it(vpn: Vpn) -> None:
    vpn.connect()
    vpn.control.show_saml_usernames(False)
    assert "Username" not in vpn.listed()[0]


def test_the_last_disassociation_ends_every_connection(vpn: Vpn) -> None:
    vpn.connect()
    networks = vpn.account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=vpn.endpoint)
    vpn.account.ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=vpn.endpoint,
        AssociationId=networks["ClientVpnTargetNetworks"][0]["AssociationId"],
    )
    assert [c["Status"]["Code"] for c in vpn.listed()] == ["terminated"]


def test_a_session_ends_at_its_time_limit(vpn: Vpn) -> None:
    vpn.account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=vpn.endpoint, SessionTimeoutHours=8)
    vpn.connect()
    vpn.control.skip(8 * 3600 - 60)
    assert vpn.listed()[0]["Status"]["Code"] == "active"
    vpn.control.skip(120)
    assert vpn.listed()[0]["Status"]["Code"] == "terminated"


def test_connections_of_every_account_are_listed_for_whoever_plays_people(vpn: Vpn) -> None:
    connection = vpn.connect()
    listed = vpn.control.connections()
    assert [(c["id"], c["endpoint_id"], c["status"]) for c in listed] == [
        (connection["id"], vpn.endpoint, "active")
    ]
