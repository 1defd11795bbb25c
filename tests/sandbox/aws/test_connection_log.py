"""Admin guide: "Connection logging"; what shows up in DescribeClientVpnConnections and FilterLogEvents."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.aws.connection_log import FAILURE_REASONS, STYLE_NAMES
from sandbox.aws.control import Control, SandboxError
from sandbox.company import HOME_ADDRESS, TOKYO
from tests.sandbox.aws.account import Account, eventually

TANAKA = "m.tanaka@example.co.jp"
# The list of keys in "Connection logging", but for what only a connect handler brings.
KEYS = {
    "connection-log-type",
    "connection-attempt-status",
    "connection-reset-status",
    "connection-attempt-failure-reason",
    "connection-id",
    "client-vpn-endpoint-id",
    "transport-protocol",
    "connection-start-time",
    "connection-last-update-time",
    "client-ip",
    "client-ip-v6",
    "common-name",
    "device-type",
    "device-ip",
    "port",
    "ingress-bytes",
    "egress-bytes",
    "ingress-packets",
    "egress-packets",
    "connection-end-time",
    "username",
    "connection-duration-seconds",
}


class Log:
    """One endpoint, the people who connect to it, and its log as a reader of CloudWatch sees it."""

    def __init__(self, account: Account, control: Control, logs: Any, endpoint: str) -> None:
        self.account, self.control, self.logs, self.endpoint = account, control, logs, endpoint

    @property
    def place(self) -> dict[str, str]:
        return {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": self.endpoint}

    @property
    def device(self) -> dict[str, str]:
        return {"device_ip": HOME_ADDRESS, "device_type": "win"}

    def connect(self, username: str = TANAKA, **arguments: str) -> str:
        made = self.control.connect(**self.place, **self.device, username=username, **arguments)
        return str(made["id"])

    def fail(self, reason: str, **arguments: str) -> dict[str, Any]:
        return self.control.attempt(
            **self.place, **self.device, username=TANAKA, failure_reason=reason, **arguments
        )

    def lines(self) -> list[dict[str, Any]]:
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName="vpn")
        return [event for page in pages for event in page["events"]]

    def events(self, wanted: int) -> list[dict[str, str]]:
        """All events, once there are as many as wanted."""
        eventually(lambda: len(self.lines()) >= wanted)
        lines = self.lines()
        assert len(lines) == wanted, [line["message"] for line in lines]
        return [json.loads(line["message"]) for line in lines]

    def listed(self) -> list[dict[str, Any]]:
        answer = self.account.ec2.describe_client_vpn_connections(ClientVpnEndpointId=self.endpoint)
        return list(answer["Connections"])

    def find_reset(self, connection: str) -> dict[str, str]:
        """The end of a connection that began with three events: two of the sign-in, one of its own."""
        reset = self.events(4)[-1]
        assert reset["connection-log-type"] == "connection-reset"
        assert reset["connection-id"] == connection
        return reset


@pytest.fixture
def logs(account: Account) -> Any:
    return account.client("logs")


@pytest.fixture
def log(account: Account, control: Control, logs: Any) -> Log:
    return Log(account, control, logs, account.associated_endpoint())


def other_log(log: Log, **settings: Any) -> Log:
    """The log of an endpoint with other settings in the same account."""
    log.account.ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=log.endpoint,
        AssociationId=log.account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=log.endpoint)[
            "ClientVpnTargetNetworks"
        ][0]["AssociationId"],
    )
    return Log(log.account, log.control, log.logs, log.account.associated_endpoint(**settings))


def statuses(events: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [
        (e["connection-log-type"], e["connection-attempt-status"], e.get("connection-reset-status", "NA"))
        for e in events
    ]


def test_a_federated_connection_waits_for_the_assertion_receives_it_and_succeeds(log: Log) -> None:
    connection = log.connect()
    waiting, received, connected = log.events(3)
    assert statuses([waiting, received, connected]) == [
        ("connection-attempt", "waiting-for-assertion", "NA"),
        ("connection-reset", "NA", "assertion-received"),
        ("connection-attempt", "successful", "NA"),
    ]
    assert waiting["connection-id"] == received["connection-id"] != connection
    assert connected["connection-id"] == connection
    assert (waiting["username"], received["username"], connected["username"]) == ("NA", "NA", TANAKA)
    assert (waiting["client-ip"], waiting["connection-start-time"]) == ("NA", "NA")


def test_both_legs_can_have_the_same_id(log: Log) -> None:
    log.control.log_switches(one_federated_id=True)
    connection = log.connect()
    assert {event["connection-id"] for event in log.events(3)} == {connection}
    assert log.listed()[0]["ConnectionId"] == connection


def test_an_attempt_that_waits_is_ended_by_the_person_who_connects_with_it(log: Log) -> None:
    attempt = log.control.attempt(**log.place, **log.device)["id"]
    assert statuses(log.events(1)) == [("connection-attempt", "waiting-for-assertion", "NA")]
    assert log.listed() == []
    log.connect(attempt_id=attempt)
    assert [event["connection-id"] == attempt for event in log.events(3)] == [True, True, False]
    with pytest.raises(SandboxError, match="No attempt"):
        log.connect(attempt_id=attempt)


def test_a_successful_attempt_has_the_documented_fields_as_strings(log: Log) -> None:
    connection = log.connect()
    event = log.events(3)[2]
    listed = log.listed()[0]
    assert set(event) == KEYS - {"connection-reset-status"}
    assert {type(value) for value in event.values()} == {str}
    assert event["connection-id"] == connection
    assert event["client-vpn-endpoint-id"] == log.endpoint
    assert event["connection-start-time"] == listed["ConnectionEstablishedTime"]
    assert event["connection-last-update-time"] == event["connection-start-time"]
    assert (event["connection-end-time"], event["connection-duration-seconds"]) == ("NA", "0")
    assert (event["client-ip"], event["client-ip-v6"]) == (listed["ClientIp"], "NA")
    assert (event["device-type"], event["device-ip"]) == ("win", HOME_ADDRESS)
    assert [event[f"{way}-{unit}"] for way in ("ingress", "egress") for unit in ("bytes", "packets")] == [
        "0"
    ] * 4
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", event["connection-start-time"])
    assert event["port"].isdecimal()


def test_the_keys_stand_in_the_order_of_the_newest_samples(log: Log) -> None:
    connection = log.connect()
    log.control.disconnect(connection)
    attempt, reset = log.events(4)[2:]
    assert list(attempt)[:4] == [
        "connection-log-type",
        "connection-attempt-status",
        "connection-attempt-failure-reason",
        "connection-id",
    ]
    assert list(attempt)[-3:] == ["connection-end-time", "connection-duration-seconds", "username"]
    tail = ["connection-end-time", "connection-reset-status", "connection-duration-seconds", "username"]
    assert list(reset)[-4:] == tail


def test_a_disconnect_is_a_reset_with_the_last_counters_and_the_duration(log: Log) -> None:
    connection = log.connect()
    log.control.skip(318)
    counters = {"ingress_bytes": 21000, "egress_bytes": 164000, "ingress_packets": 330, "egress_packets": 325}
    log.control.count(connection, **counters)
    log.control.disconnect(connection)
    log.control.count(connection, ingress_bytes=5)
    reset, listed = log.find_reset(connection), log.listed()[0]
    assert (reset["ingress-bytes"], reset["egress-bytes"]) == (listed["IngressBytes"], listed["EgressBytes"])
    assert (reset["ingress-bytes"], reset["egress-packets"]) == ("21000", "325")
    assert reset["connection-end-time"] == listed["ConnectionEndTime"] == reset["connection-last-update-time"]
    assert int(reset["connection-duration-seconds"]) in {318, 319}
    assert (reset["connection-attempt-status"], reset["connection-reset-status"]) == ("NA", "NA")


def test_terminating_a_connection_is_logged_once_it_is_through(log: Log) -> None:
    connection = log.connect()
    log.account.ec2.terminate_client_vpn_connections(
        ClientVpnEndpointId=log.endpoint, ConnectionId=connection
    )
    log.find_reset(connection)
    assert log.listed()[0]["Status"]["Code"] == "terminated"
    assert log.control.connections()[0]["ended_by"] == "terminated"


def test_a_termination_is_logged_although_nobody_asks_client_vpn_again(log: Log, lifelike: None) -> None:
    connection = log.connect()
    log.account.ec2.terminate_client_vpn_connections(
        ClientVpnEndpointId=log.endpoint, ConnectionId=connection
    )
    log.control.skip(10)
    log.find_reset(connection)


def test_the_session_timeout_ends_the_connection_by_the_sandbox_s_clock(log: Log) -> None:
    log.account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=log.endpoint, SessionTimeoutHours=8)
    connection = log.connect()
    log.control.skip(9 * 3600)
    assert log.find_reset(connection)["connection-duration-seconds"] == str(8 * 3600)
    assert log.control.connections() == []


def test_disassociating_the_last_network_ends_and_logs_every_connection(log: Log) -> None:
    log.connect()
    log.connect("l.obrien@example.co.jp")
    networks = log.account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=log.endpoint)
    log.account.ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=log.endpoint,
        AssociationId=networks["ClientVpnTargetNetworks"][0]["AssociationId"],
    )
    ended = [event for event in log.events(8) if event["connection-log-type"] == "connection-reset"]
    assert [e["username"] for e in ended if e["username"] != "NA"] == [TANAKA, "l.obrien@example.co.jp"]
    assert {connection["ended_by"] for connection in log.control.connections()} == {"disassociated"}


def test_revoking_a_rule_resets_the_connections(log: Log) -> None:
    rule = {"ClientVpnEndpointId": log.endpoint, "TargetNetworkCidr": "10.0.0.0/16"}
    log.account.ec2.authorize_client_vpn_ingress(**rule, AuthorizeAllGroups=True)
    eventually(lambda: log.account.rules(log.endpoint)[0]["Status"]["Code"] == "active")
    connection = log.connect()
    log.account.ec2.revoke_client_vpn_ingress(**rule, RevokeAllGroups=True)
    log.find_reset(connection)
    assert log.listed()[0]["Status"]["Code"] == "terminated"
    assert log.control.connections()[0]["ended_by"] == "reset"


@pytest.mark.parametrize("change", [{"SplitTunnel": True}, {"VpnPort": 1194}])
def test_a_change_that_the_clients_must_hear_of_resets_them(log: Log, change: dict[str, Any]) -> None:
    connection = log.connect()
    log.account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=log.endpoint, Description="VPN", **change)
    log.find_reset(connection)
    again = log.connect()
    log.account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=log.endpoint, Description="", **change)
    assert [c["id"] for c in log.control.connections() if c["status"] == "active"] == [again]


def test_routes_reset_the_clients_of_a_split_tunnel_only(log: Log) -> None:
    route = {"ClientVpnEndpointId": log.endpoint, "TargetVpcSubnetId": log.account.subnet_a}
    log.connect()
    log.account.ec2.create_client_vpn_route(**route, DestinationCidrBlock="192.168.1.0/24")
    log.control.skip(1)
    assert log.listed()[0]["Status"]["Code"] == "active"
    log.account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=log.endpoint, SplitTunnel=True)
    connection = log.connect()
    log.account.ec2.create_client_vpn_route(**route, DestinationCidrBlock="192.168.2.0/24")
    log.control.skip(1)
    assert {c["ConnectionId"]: c["Status"]["Code"] for c in log.listed()}[connection] == "terminated"


@pytest.mark.parametrize("reason", FAILURE_REASONS)
def test_a_failed_attempt_has_the_documented_reason_and_no_start(log: Log, reason: str) -> None:
    made = log.fail(reason)
    failed = log.events(3)[2]
    assert failed["connection-id"] == made["id"]
    assert (failed["connection-attempt-status"], failed["connection-attempt-failure-reason"]) == (
        "failed",
        reason,
    )
    for key in ("connection-start-time", "client-ip", "connection-duration-seconds", "connection-end-time"):
        assert failed[key] == "NA"
    assert failed["username"] == TANAKA
    assert log.listed() == []


def test_what_aws_does_not_publish_is_the_sandbox_s_own(log: Log) -> None:
    log.fail("sandbox-saml-assertion-invalid")
    assert log.events(3)[2]["connection-attempt-failure-reason"] == "sandbox-saml-assertion-invalid"
    with pytest.raises(SandboxError, match="not a failure reason"):
        log.fail("authentication-failure")
    with pytest.raises(SandboxError, match="Nobody signs in"):
        log.fail("sandbox-credentials-invalid")


def test_failed_mutual_authentication_is_not_logged_and_a_success_has_no_user_name(log: Log) -> None:
    mutual = other_log(log, AuthenticationOptions=[log.account.mutual()])
    assert mutual.fail("sandbox-certificate-invalid")["logged"] is False
    mutual.connect("client1.example.co.jp")
    event = mutual.events(1)[0]
    assert "username" not in event
    assert event["common-name"] == "client1.example.co.jp"
    with pytest.raises(SandboxError, match="waits for an assertion"):
        mutual.control.attempt(**mutual.place, **mutual.device)


def test_a_directory_s_users_sign_in_with_one_event(log: Log) -> None:
    directory = other_log(log, AuthenticationOptions=[log.account.directory()])
    directory.connect()
    directory.fail("sandbox-credentials-invalid")
    connected, failed = directory.events(2)
    assert (connected["username"], connected["connection-attempt-status"]) == (TANAKA, "successful")
    assert failed["connection-attempt-failure-reason"] == "sandbox-credentials-invalid"


def test_without_connection_logging_nothing_is_written(log: Log) -> None:
    silent = other_log(log, ConnectionLogOptions={"Enabled": False})
    silent.control.disconnect(silent.connect())
    silent.fail("client-connect-failed")
    silent.control.skip(3600)
    assert silent.lines() == []


def test_a_log_group_that_is_gone_takes_nothing(log: Log) -> None:
    log.logs.delete_log_group(logGroupName="vpn")
    log.connect()
    log.control.skip(3600)
    assert log.logs.describe_log_groups()["logGroups"] == []


def test_the_stream_is_the_endpoint_s_and_is_made_again_when_it_is_gone(log: Log) -> None:
    stream = log.account.described(log.endpoint)["ConnectionLogOptions"]["CloudwatchLogStream"]
    day = datetime.fromtimestamp(log.control.now(), UTC).strftime("%Y/%m/%d")
    assert re.fullmatch(f"{log.endpoint}-{TOKYO.region}-{day}-[\\w-]{{12}}", stream)
    log.logs.delete_log_stream(logGroupName="vpn", logStreamName=stream)
    log.connect()
    log.events(3)
    assert {line["logStreamName"] for line in log.lines()} == {stream}


def test_the_cloudwatch_time_is_when_it_was_published(log: Log, lifelike: None) -> None:
    log.connect()
    log.control.skip(1.5)
    assert len(log.lines()) == 1  # the first leg, which began two seconds before
    log.control.skip(10)
    log.events(3)
    for line in log.lines():
        event = json.loads(line["message"])
        reported = (
            datetime.fromisoformat(event["connection-last-update-time"]).replace(tzinfo=UTC).timestamp()
        )
        assert 3 <= line["timestamp"] / 1000 - reported < 4
        assert line["ingestionTime"] == line["timestamp"]


def test_an_authorization_policy_is_told_of_in_the_middle(log: Log) -> None:
    ec2, endpoint = log.account.ec2, {"ClientVpnEndpointId": log.endpoint}
    ec2.modify_client_vpn_endpoint_authorization_policy(
        **endpoint, PolicyDocument="permit (principal, action, resource);"
    )
    eventually(lambda: ec2.get_client_vpn_endpoint_authorization_policy(**endpoint)["Status"] == "active")
    log.connect()
    connected: dict[str, Any] = log.events(3)[2]
    keys = list(connected)
    assert connected["authorization-policy-evaluation"] == {
        "result": "permit",
        "evaluation-type": "connection-attempt",
        "shadow-mode": "disabled",
        "device-token-status": {},
    }
    assert keys.index("egress-packets") + 1 == keys.index("authorization-policy-evaluation")
    log.fail("authorization-policy-deny")
    denied: dict[str, Any] = log.events(6)[5]
    assert denied["authorization-policy-evaluation"]["result"] == "deny"
    assert denied["authorization-policy-evaluation"]["reason"] == "policy-deny"


def test_the_policy_s_context_is_told_of_only_when_that_is_switched_on(log: Log) -> None:
    ec2, endpoint = log.account.ec2, {"ClientVpnEndpointId": log.endpoint}
    ec2.modify_client_vpn_endpoint_authorization_policy(
        **endpoint, PolicyDocument="permit (principal, action, resource);"
    )
    options = {"Enabled": True, "CloudwatchLogGroup": "vpn", "IncludeAuthorizationPolicyContext": True}
    ec2.modify_client_vpn_endpoint(**endpoint, ConnectionLogOptions=options)
    eventually(lambda: ec2.get_client_vpn_endpoint_authorization_policy(**endpoint)["Status"] == "active")
    log.connect()
    connected: dict[str, Any] = log.events(3)[2]
    context = connected["authorization-policy-evaluation"]["context"]
    assert context["saml"] == {"email": TANAKA, "memberOf": []}
    assert context["connection"]["public-ip"] == HOME_ADDRESS


@pytest.mark.parametrize("style", STYLE_NAMES)
def test_every_style_can_be_read_from_connect_to_reset(log: Log, style: str) -> None:
    log.control.log_switches(styles=[style])
    connection = log.connect()
    log.control.disconnect(connection)
    events = log.events(4)
    assert statuses(events) == [
        ("connection-attempt", "waiting-for-assertion", "NA"),
        ("connection-reset", "NA", "assertion-received"),
        ("connection-attempt", "successful", "NA"),
        ("connection-reset", "NA", "NA"),
    ]
    assert events[3]["connection-id"] == connection
    assert {"client-vpn-endpoint-id", "ingress-bytes", "connection-end-time"} <= set(events[3]) <= KEYS


def test_older_styles_leave_out_what_aws_left_out(log: Log) -> None:
    log.control.log_switches(styles=["2020"])
    log.connect()
    event = log.events(3)[2]
    missing = {"username", "connection-duration-seconds", "client-ip-v6"}
    assert set(event) == KEYS - missing
    assert list(event)[2] == "connection-reset-status"


def test_duplicates_are_the_same_text_in_another_event(log: Log) -> None:
    log.control.log_switches(duplicates=1)
    log.connect()
    log.control.skip(120)
    lines = log.lines()
    assert len(lines) == 6
    assert len({line["message"] for line in lines}) == 3
    assert len({line["eventId"] for line in lines}) == 6


def test_late_deliveries_are_published_minutes_later(log: Log) -> None:
    log.control.log_switches(late=1)
    log.connect()
    assert log.lines() == []
    log.control.skip(15 * 60 + 1)
    for line in log.lines():
        event = json.loads(line["message"])
        reported = (
            datetime.fromisoformat(event["connection-last-update-time"]).replace(tzinfo=UTC).timestamp()
        )
        assert 120 <= line["timestamp"] / 1000 - reported <= 902
    assert len(log.lines()) == 3


def test_shuffled_lines_arrive_after_others_that_were_published_later(log: Log) -> None:
    log.control.log_switches(shuffled=0.5)
    for _ in range(5):
        log.connect()
    log.control.skip(120)
    lines = sorted(log.lines(), key=lambda line: int(line["eventId"]))
    published = [line["timestamp"] for line in lines]
    assert len(lines) == 15
    assert published != sorted(published)
    assert any(line["ingestionTime"] > line["timestamp"] + 4000 for line in lines)


def test_malformed_lines_stand_beside_the_true_ones(log: Log) -> None:
    log.control.log_switches(malformed=1)
    log.connect()
    eventually(lambda: len(log.lines()) == 6)
    whole = [line["message"] for line in log.lines() if line["message"].endswith('"}')]
    assert [json.loads(message)["connection-log-type"] for message in whole] == [
        "connection-attempt",
        "connection-reset",
        "connection-attempt",
    ]


def test_unknown_fields_are_added(log: Log) -> None:
    log.control.log_switches(unknown_fields=1, styles=["2023"])
    log.connect()
    event: dict[str, Any] = log.events(3)[2]
    assert event["sandbox-unknown-field"] == "1"
    assert isinstance(event["sandbox-unknown-object"], dict)


def test_switches_stay_until_the_next_reset_and_must_make_sense(log: Log) -> None:
    log.control.log_switches(late=0.5)
    assert log.control.log_switches(duplicates=0.25)["late"] == 0.5
    nonsense: list[dict[str, Any]] = [{"late": 2}, {"late": "often"}, {"styles": []}, {"styles": ["1999"]}]
    for wrong in (*nonsense, {"early": 1}):
        with pytest.raises(SandboxError):
            log.control.log_switches(**wrong)
    log.control.reset()
    assert log.control.log_switches()["late"] == 0


def action(log: Log, ago: float, do: str, key: str, **fields: Any) -> dict[str, Any]:
    at = log.control.now() - ago
    who = {} if do in {"count", "disconnect"} else {"username": TANAKA, **log.device}
    return {"at": at, "do": do, "key": key, **who, **fields}


def test_a_past_is_replayed_at_once_with_its_own_times(log: Log) -> None:
    weeks = 20 * 24 * 3600
    actions = [
        action(log, weeks, "wait", "a"),
        action(log, weeks - 20, "connect", "a"),
        action(log, weeks - 3620, "disconnect", "a", counters={"ingress_bytes": 7}),
        action(log, weeks / 2, "fail", "b", reason="client-connect-failed"),
        action(log, 7200, "connect", "c"),
        action(log, 60, "count", "c", counters={"egress_bytes": 9}),
        action(log, 30, "wait", "d"),
    ]
    answer = log.control.replay(**log.place, actions=actions)
    assert (list(answer["open"]), list(answer["waiting"])) == (["c"], ["d"])
    listed = log.listed()
    assert [(connection["ConnectionId"], connection["EgressBytes"]) for connection in listed] == [
        (answer["open"]["c"], "9")
    ]
    events = log.events(11)
    assert events[3]["connection-duration-seconds"] in {"3600", "3601"}
    assert events[3]["ingress-bytes"] == "7"
    assert log.lines()[0]["timestamp"] / 1000 < log.control.now() - weeks + 60


def test_a_session_of_the_past_ends_at_its_time_limit(log: Log) -> None:
    actions = [
        action(log, 72 * 3600, "connect", "a"),
        action(log, 40 * 3600, "count", "a", counters={"ingress_bytes": 7}),
        action(log, 30 * 3600, "disconnect", "a"),
    ]
    assert log.control.replay(**log.place, actions=actions)["open"] == {}
    reset = log.events(4)[3]
    assert (reset["connection-duration-seconds"], reset["ingress-bytes"]) == (str(24 * 3600), "0")


def test_a_past_is_in_order_and_before_now(log: Log) -> None:
    for actions in (
        [action(log, 10, "connect", "a"), action(log, 20, "connect", "b")],
        [action(log, -60, "connect", "a")],
        [action(log, 60, "dance", "a")],
        [{**action(log, 60, "connect", "a"), "dance": "tango"}],
    ):
        with pytest.raises(SandboxError):
            log.control.replay(**log.place, actions=actions)
