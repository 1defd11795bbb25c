"""Each kind, from the form to what AWS ends up with, and back."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, TOKYO
from tests.vpn.operations.asking import Ask, finish
from vpn.aws.accounts import Account
from vpn.aws.session import logs_client
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.endpoint_settings.fields import form_data
from vpn.operations.endpoint_settings import current_settings
from vpn.operations.models import Operation
from vpn.operations.requests.outcome import undo_url
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import ConnectionLogOptionsTypeDef

Look = Callable[[], Endpoint]


def done(operation: Operation) -> Operation:
    finish(operation)
    assert (operation.status, operation.error_code, operation.error_message) == (
        OperationStatus.SUCCEEDED,
        "",
        "",
    )
    return operation


def undo(operation: Operation, endpoint: Endpoint, ask: Ask, user: User) -> Operation:
    """Through the link on the page."""
    url = urlsplit(undo_url(operation, user))
    data = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
    return done(ask(url.path.split("/")[-2], endpoint, **data))


def routes_of(endpoint: Endpoint) -> set[tuple[str, str]]:
    return {(route["destination_cidr"], route["description"]) for route in endpoint.routes}


def rules_of(endpoint: Endpoint) -> set[tuple[str, str, str]]:
    return {
        (rule["destination_cidr"], rule["group_id"], rule["description"])
        for rule in endpoint.authorization_rules
    }


def networks_of(endpoint: Endpoint) -> set[tuple[str, tuple[str, ...]]]:
    return {(network["subnet_id"], tuple(network["security_groups"])) for network in endpoint.target_networks}


def subnet_of(endpoint: Endpoint) -> str:
    return str(endpoint.target_networks[0]["subnet_id"])


def test_a_route_is_created_and_deleted_again(
    endpoint: Endpoint, ask: Ask, resync: Look, takahashi: User
) -> None:
    before = routes_of(endpoint)
    data = {"destination_cidr": "192.168.77.0/24", "target_subnet": subnet_of(endpoint), "description": "lab"}
    operation = done(ask("create-route", endpoint, **data))
    assert routes_of(resync()) == before | {("192.168.77.0/24", "lab")}
    undo(operation, resync(), ask, takahashi)
    assert routes_of(resync()) == before


def test_a_deleted_route_comes_back_as_it_was(
    endpoint: Endpoint, ask: Ask, resync: Look, takahashi: User
) -> None:
    before = routes_of(endpoint)
    operation = done(ask("delete-route", endpoint, route=f"0.0.0.0/0 {subnet_of(endpoint)}"))
    after = resync()
    assert len(after.routes) == len(endpoint.routes) - 1
    undo(operation, after, ask, takahashi)
    assert routes_of(resync()) == before


@pytest.mark.parametrize(("who", "group"), [("group", "9067f7c2-0000"), ("everybody", "")])
def test_access_is_authorized_and_revoked_again(
    who: str, group: str, endpoint: Endpoint, ask: Ask, resync: Look, takahashi: User
) -> None:
    before = rules_of(endpoint)
    data = {"destination_cidr": "192.168.77.0/24", "who": who, "group_id": group, "description": "lab"}
    operation = done(ask("authorize-ingress", endpoint, **data))
    assert rules_of(resync()) == before | {("192.168.77.0/24", group, "lab")}
    undo(operation, resync(), ask, takahashi)
    assert rules_of(resync()) == before


def test_revoked_access_comes_back_as_it_was(
    endpoint: Endpoint, ask: Ask, resync: Look, takahashi: User
) -> None:
    before = rules_of(endpoint)
    operation = done(ask("revoke-ingress", endpoint, rule=f"0.0.0.0/0 {EMPLOYEES.id}"))
    after = resync()
    assert rules_of(after) < before
    undo(operation, after, ask, takahashi)
    assert rules_of(resync()) == before


def test_a_subnet_goes_with_its_routes_and_comes_back_with_them(
    endpoint: Endpoint, ask: Ask, resync: Look, takahashi: User
) -> None:
    subnet = subnet_of(endpoint)
    operation = done(ask("disassociate-target-network", endpoint, subnet_id=subnet))
    after = resync()
    assert subnet not in {network["subnet_id"] for network in after.target_networks}
    undo(operation, after, ask, takahashi)
    back = resync()
    kept = {(route["destination_cidr"], route["target_subnet"]) for route in endpoint.routes}
    assert {(route["destination_cidr"], route["target_subnet"]) for route in back.routes} == kept
    assert networks_of(back) == networks_of(endpoint)


def test_a_connection_is_ended(
    endpoint: Endpoint, architecture: Architecture, control: Control, ask: Ask, resync: Look, tanaka: User
) -> None:
    control.connect(
        account=TOKYO.account,
        region=TOKYO.region,
        endpoint_id=architecture.tokyo.endpoint_id,
        username=tanaka.username,
        device_ip="198.51.100.27",
    )
    connection = resync().live_connections.get()
    operation = done(ask("terminate-connection", endpoint, connection=connection.connection_id))
    assert operation.plan["people"] == [tanaka.name]
    assert not resync().live_connections.exists()


def test_the_snapshots_are_read_anew(endpoint: Endpoint, ask: Ask) -> None:
    seen_at = endpoint.seen_at
    done(ask("refresh-snapshots", endpoint))
    endpoint.refresh_from_db()
    assert seen_at is not None
    assert endpoint.seen_at is not None
    assert endpoint.seen_at > seen_at


SETTINGS = {
    "split_tunnel": "true",
    "dns_servers": "10.20.0.2",
    "session_timeout_hours": "8",
    "disconnect_on_session_timeout": "false",
    "login_banner": "会社の規程に従ってください。",
    "vpn_port": "1194",
    "self_service_portal": "true",
    "client_route_enforcement": "true",
    "client_connect_handler": "arn:aws:lambda:ap-northeast-1:123456789012:function:AWSClientVPN-deny",
    "description": "For everybody",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_modified_and_set_back(
    name: str, endpoint: Endpoint, ask: Ask, resync: Look, takahashi: User
) -> None:
    before = current_settings(endpoint.settings)
    operation = done(ask("modify-endpoint", endpoint, **form_data(before) | {name: SETTINGS[name]}))
    assert list(operation.parameters) == [name]
    after = resync()
    assert form_data(current_settings(after.settings)) == form_data(before) | {name: SETTINGS[name]}
    undo(operation, after, ask, takahashi)
    assert current_settings(resync().settings) == before


def test_a_log_that_was_switched_off_comes_back_with_its_own_stream(
    endpoint: Endpoint, ask: Ask, resync: Look, takahashi: User, ec2: "EC2Client", architecture: Architecture
) -> None:
    """AWS makes a stream of its own where none is named, so undoing names the old one."""
    own: ConnectionLogOptionsTypeDef = {
        "Enabled": True,
        "CloudwatchLogGroup": architecture.tokyo.vpn.log_group,
        "CloudwatchLogStream": "our-own-stream",
        "IncludeAuthorizationPolicyContext": True,
    }
    ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint.endpoint_id, ConnectionLogOptions=own)
    before = resync()
    assert before.settings["ConnectionLogOptions"] == own
    operation = done(ask("modify-endpoint", before, log_group=""))
    off = resync()
    assert off.settings["ConnectionLogOptions"]["Enabled"] is False
    undo(operation, off, ask, takahashi)
    assert resync().settings["ConnectionLogOptions"] == own


def test_another_log_group_gets_the_whole_structure_without_the_old_stream(
    endpoint: Endpoint, ask: Ask, resync: Look, ec2: "EC2Client", architecture: Architecture
) -> None:
    group = architecture.tokyo.vpn.log_group
    with logs_client(Account("tokyo", TOKYO.region)) as client:
        client.create_log_group(logGroupName="/vpn/other")
    ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=endpoint.endpoint_id,
        ConnectionLogOptions={
            "Enabled": True,
            "CloudwatchLogGroup": group,
            "CloudwatchLogStream": "our-own-stream",
            "IncludeAuthorizationPolicyContext": True,
        },
    )
    done(ask("modify-endpoint", resync(), log_group="/vpn/other"))
    options = resync().settings["ConnectionLogOptions"]
    assert options["CloudwatchLogGroup"] == "/vpn/other"
    assert options["CloudwatchLogStream"] != "our-own-stream"
    assert options["IncludeAuthorizationPolicyContext"] is True
