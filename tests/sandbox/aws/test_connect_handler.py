"""The sandbox plays the client connect handler: its own code, its own log group, and its faults."""

import json
from typing import Any

import pytest

from sandbox.aws.connect_handler import FAULTS, TABLE_UNREADABLE
from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import Architecture
from sandbox.aws.seed_vpn import handler_log_group_name
from sandbox.company import EMPLOYEES, ENGINEERING, HOME_ADDRESS, OFFICE_ADDRESS, TOKYO
from tests.sandbox.aws.account import Clients

WHO = "l.obrien@example.co.jp"


@pytest.fixture
def place(architecture: Architecture) -> dict[str, str]:
    return {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": architecture.tokyo.endpoint_id}


@pytest.fixture
def logs(clients: Clients) -> Any:
    return clients("logs")


def handler_lines(logs: Any) -> list[str]:
    answer = logs.filter_log_events(logGroupName=handler_log_group_name())
    return [event["message"] for event in answer["events"]]


def records(logs: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in handler_lines(logs) if line.startswith("{")]


def test_each_connection_is_a_line_of_what_the_handler_was_told(
    logs: Any, control: Control, place: dict[str, str]
) -> None:
    plain = control.connect(**place, username=WHO, device_ip=HOME_ADDRESS, device_type="linux")
    told = control.connect(
        **place,
        username="somebody.else@example.co.jp",
        device_ip=OFFICE_ADDRESS,
        device_type="win",
        client_version="6.0.0",
        platform_version="10.0",
        groups=["9067f7c2-0000-70e5-8b5e-3c1f0a6d2b10"],
    )
    control.skip(1)
    first, second = records(logs)
    assert first["connection-id"] == plain["id"]
    assert first["username"] == WHO
    assert first["groups"] == [EMPLOYEES.id, ENGINEERING.id]
    # "When the client is running the Windows platform"
    assert (first["platform"], first["platform-version"]) == ("linux", "")
    assert (second["connection-id"], second["public-ip"]) == (told["id"], OFFICE_ADDRESS)
    assert (second["platform"], second["platform-version"], second["aws-client-version"]) == (
        "win",
        "10.0",
        "6.0.0",
    )
    assert second["groups"] == ["9067f7c2-0000-70e5-8b5e-3c1f0a6d2b10"]
    assert {first["decision"], second["decision"]} == {"allow"}
    begins = sorted(line.split()[0] for line in handler_lines(logs) if not line.startswith("{"))
    assert begins == ["END", "END", "REPORT", "REPORT", "START", "START"]


def test_somebody_on_the_deny_list_is_refused_by_the_handlers_own_words(
    logs: Any, clients: Clients, control: Control, place: dict[str, str]
) -> None:
    item = {"username": {"S": WHO}, "language": {"S": "en"}}
    clients("dynamodb").put_item(TableName="genkan-deny-list", Item=item)
    with pytest.raises(SandboxError, match=r"blocked.*Refusal code: [0-9A-F]{4}-[0-9A-F]{4}") as refusal:
        control.connect(**place, username=WHO, device_ip=HOME_ADDRESS)
    assert refusal.value.code == "client-connect-failed"
    assert control.connections() == []
    # The traffic's scripted refusals have a line too, as if the person had been on the list.
    control.attempt(**place, username=WHO, device_ip=HOME_ADDRESS, failure_reason="client-connect-failed")
    control.skip(30)
    assert [(line["decision"], line["reason"]) for line in records(logs)] == [("deny", "on-deny-list")] * 2
    failed = logs.filter_log_events(logGroupName="/genkan/clientvpn/tokyo-main")["events"]
    ids = {json.loads(event["message"])["connection-id"] for event in failed}
    assert {line["connection-id"] for line in records(logs)} <= ids


@pytest.mark.parametrize("fault", FAULTS)
def test_a_handler_that_fails_refuses_as_aws_does(
    logs: Any, control: Control, place: dict[str, str], fault: str
) -> None:
    control.break_connect_handler(fault)
    if fault == TABLE_UNREADABLE:
        # It is set to let people in.
        control.connect(**place, username=WHO, device_ip=HOME_ADDRESS)
    else:
        with pytest.raises(SandboxError, match="contact your administrator") as refusal:
            control.connect(**place, username=WHO, device_ip=HOME_ADDRESS)
        assert refusal.value.code == fault
    control.skip(60)
    reasons = [line["reason"] for line in records(logs)]
    expected = {
        "client-connect-handler-invalid-response": ["not-on-deny-list"],
        TABLE_UNREADABLE: ["deny-list-unreadable"],
    }
    assert reasons == expected.get(fault, [])
    assert any("Task timed out" in line for line in handler_lines(logs)) == fault.endswith("timed-out")
    control.break_connect_handler("")
    assert control.connect(**place, username=WHO, device_ip=HOME_ADDRESS)["status"] == "active"


def test_a_version_is_rolled_out_to_everybody_with_such_a_device(
    logs: Any, control: Control, place: dict[str, str]
) -> None:
    control.roll_out_clients(win="6.0.0")
    for device_type, version in (("win", "6.2.0"), ("mac", "6.1.1"), ("win", "")):
        control.connect(
            **place, username=WHO, device_ip=HOME_ADDRESS, device_type=device_type, client_version=version
        )
    control.roll_out_clients()
    control.connect(**place, username=WHO, device_ip=HOME_ADDRESS, device_type="win", client_version="6.2.0")
    control.skip(1)
    # Another OpenVPN client is none that AWS's is rolled out to.
    assert [line["aws-client-version"] for line in records(logs)] == ["6.0.0", "6.1.1", "", "6.2.0"]
    with pytest.raises(SandboxError, match="is none of"):
        control.break_connect_handler("nonsense")


def test_its_lines_come_late_twice_and_broken_as_the_connection_logs_do(
    logs: Any, control: Control, place: dict[str, str]
) -> None:
    control.log_switches(duplicates=1, malformed=1, late=1)
    control.connect(**place, username=WHO, device_ip=HOME_ADDRESS)
    assert records(logs) == []
    control.skip(3600)
    lines = handler_lines(logs)
    whole = [line for line in lines if line.startswith('{"log"') and line.endswith("}")]
    assert len(whole) == 2
    assert len(lines) == 3 + 3
