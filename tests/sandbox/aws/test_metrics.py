"""CloudWatch's metrics of what the sandbox plays: what they follow, AWS's limits, and what contradicts the log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import ACCESS_KEY, Architecture
from sandbox.aws.server import AwsServer
from sandbox.company import HOME_ADDRESS, TOKYO
from tests.sandbox.aws.account import Clients, refused

WHO = "m.tanaka@example.co.jp"
FAILED = "ClientConnectHandlerTimeouts"


@pytest.fixture
def cloudwatch(clients: Clients) -> Any:
    return clients("cloudwatch")


@pytest.fixture
def place(architecture: Architecture) -> dict[str, str]:
    return {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": architecture.tokyo.endpoint_id}


def query(
    name: str,
    dimensions: dict[str, str],
    *,
    namespace: str = "AWS/ClientVPN",
    stat: str = "Sum",
    number: int = 0,
) -> dict[str, Any]:
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    return {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": 300, "Stat": stat}}


class Reader:
    """Points of one metric over the sandbox's last hours, the oldest first."""

    def __init__(self, cloudwatch: Any, control: Control) -> None:
        self.cloudwatch = cloudwatch
        self.control = control

    def __call__(self, name: str, dimensions: dict[str, str], **more: Any) -> list[float]:
        now = datetime.fromtimestamp(self.control.now(), UTC)
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=[query(name, dimensions, **more)],
            StartTime=now - timedelta(hours=6),
            EndTime=now,
            ScanBy="TimestampAscending",
        )
        assert answer["MetricDataResults"][0]["StatusCode"] == "Complete"
        return list(answer["MetricDataResults"][0]["Values"])


@pytest.fixture
def read(cloudwatch: Any, control: Control) -> Reader:
    return Reader(cloudwatch, control)


def test_metrics_follow_who_connects_fails_and_sends(
    read: Reader, control: Control, place: dict[str, str]
) -> None:
    endpoint = {"Endpoint": place["endpoint_id"]}
    control.skip(300)
    connection = control.connect(**place, username=WHO, device_ip=HOME_ADDRESS)
    control.count(connection["id"], ingress_bytes=1000, egress_packets=3)
    control.attempt(
        **place, username=WHO, device_ip=HOME_ADDRESS, failure_reason="sandbox-saml-assertion-invalid"
    )
    control.attempt(
        **place, username=WHO, device_ip=HOME_ADDRESS, failure_reason="client-connect-handler-timed-out"
    )
    control.skip(600)
    control.disconnect(connection["id"])
    control.skip(300)
    connected = read("ActiveConnectionsCount", endpoint, stat="Maximum")
    assert [max(connected), connected[-1]] == [1, 0]
    assert sum(read("AuthenticationFailures", endpoint)) == 1
    assert sum(read(FAILED, endpoint)) == 1
    assert sum(read("IngressBytes", endpoint)) == 1000
    assert sum(read("EgressPackets", endpoint)) == 3
    # The certificate in the SAML provider's metadata ends in 2046.
    assert min(read("IdpCertDaysToExpiry", endpoint, stat="Minimum")) > 6900
    # It has no revocation list, so there is no point, not a zero.
    assert read("CrlDaysToExpiry", endpoint) == []
    control.delay_metrics(600)
    assert len(read("ActiveConnectionsCount", endpoint)) == len(connected) - 2


def test_a_tunnel_and_a_nat_gateway_have_metrics_of_their_own(
    read: Reader, control: Control, architecture: Architecture, clients: Clients
) -> None:
    ec2 = clients("ec2")
    [line] = ec2.describe_vpn_connections()["VpnConnections"]
    addresses = [tunnel["OutsideIpAddress"] for tunnel in line["VgwTelemetry"]]
    control.skip(900)
    line_id = line["VpnConnectionId"]
    control.set_tunnels(
        account=TOKYO.account,
        region=TOKYO.region,
        vpn_connection_id=line_id,
        status="DOWN",
        outside_ip=addresses[0],
    )
    control.skip(900)
    states = [
        read(
            "TunnelState",
            {"VpnId": line_id, "TunnelIpAddress": address},
            namespace="AWS/VPN",
            stat="Minimum",
        )
        for address in addresses
    ]
    assert (states[0][0], states[0][-1], set(states[1])) == (1, 0, {1})
    gateway = {"NatGatewayId": ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]}
    assert set(read("ErrorPortAllocation", gateway, namespace="AWS/NATGateway")) == {0}
    # It publishes every minute: five points make the one of five minutes.
    control.set_metric("ErrorPortAllocation", 2, resource=gateway["NatGatewayId"], began_before=600)
    assert max(read("ErrorPortAllocation", gateway, namespace="AWS/NATGateway")) == 10


def test_metrics_can_contradict_what_happens_and_follow_it_again(
    read: Reader, control: Control, place: dict[str, str], clients: Clients, architecture: Architecture
) -> None:
    endpoint = {"Endpoint": place["endpoint_id"]}
    control.skip(3600)
    control.set_metric("AuthenticationFailures", 7, began_before=1200)
    control.set_metric("IngressBytes", None, resource=place["endpoint_id"], began_before=1200)
    failures = read("AuthenticationFailures", endpoint)
    assert failures[-3:] == [7, 7, 7]
    assert failures[0] == 0
    assert len(read("IngressBytes", endpoint)) in {len(failures) - 4, len(failures) - 3}
    control.free_metrics("AuthenticationFailures")
    control.skip(900)
    assert read("AuthenticationFailures", endpoint)[-1] == 0
    with pytest.raises(SandboxError, match="is not a metric"):
        control.set_metric("Nonsense", 1)
    # A log that is stopped has no line, while the metric counts.
    control.log_switches(stopped=True)
    control.connect(**place, username=WHO, device_ip=HOME_ADDRESS)
    control.skip(600)
    group = architecture.tokyo.vpn.log_group
    assert clients("logs").filter_log_events(logGroupName=group)["events"] == []
    assert read("ActiveConnectionsCount", endpoint, stat="Maximum")[-1] == 1


def pages(cloudwatch: Any, **arguments: Any) -> Iterator[dict[str, Any]]:
    yield from cloudwatch.get_paginator("get_metric_data").paginate(**arguments)


def test_an_answer_has_as_many_points_as_asked_for_and_a_token_for_the_rest(
    cloudwatch: Any, control: Control, place: dict[str, str]
) -> None:
    control.skip(3600)
    now = datetime.fromtimestamp(control.now(), UTC)
    asked = {
        "MetricDataQueries": [
            query(name, {"Endpoint": place["endpoint_id"]}, number=number)
            for number, name in enumerate(("ActiveConnectionsCount", "IngressBytes"))
        ],
        "StartTime": now - timedelta(hours=1),
        "EndTime": now,
    }
    whole = cloudwatch.get_metric_data(**asked)["MetricDataResults"]
    answered = list(pages(cloudwatch, **asked, MaxDatapoints=5))
    assert all(sum(len(r["Values"]) for r in page["MetricDataResults"]) <= 5 for page in answered)
    assert answered[0]["MetricDataResults"][1]["StatusCode"] == "PartialData"
    for number in (0, 1):
        moments = [moment for page in answered for moment in page["MetricDataResults"][number]["Timestamps"]]
        assert moments == whole[number]["Timestamps"] == sorted(moments, reverse=True)
    with refused("InvalidNextToken", 400):
        cloudwatch.get_metric_data(**asked, NextToken="bm9uc2Vuc2U=")


def test_more_than_500_queries_and_wrong_ids_times_and_periods_are_refused_and_faults_reach_it(
    cloudwatch: Any, control: Control, place: dict[str, str]
) -> None:
    endpoint, now = {"Endpoint": place["endpoint_id"]}, datetime.now(UTC)
    span = {"StartTime": now - timedelta(hours=1), "EndTime": now}
    good = query("IngressBytes", endpoint)
    wrong_period = query("IngressBytes", endpoint)
    wrong_period["MetricStat"]["Period"] = 90
    for queries in (
        [query("IngressBytes", endpoint, number=number) for number in range(501)],
        [good, good],
        [good | {"Id": "Capital"}],
        [wrong_period],
    ):
        with refused("ValidationError", 400):
            cloudwatch.get_metric_data(MetricDataQueries=queries, **span)
    with refused("ValidationError", 400):
        cloudwatch.get_metric_data(MetricDataQueries=[good], StartTime=now, EndTime=now)
    at_most = [query("IngressBytes", endpoint, number=number) for number in range(500)]
    assert len(cloudwatch.get_metric_data(MetricDataQueries=at_most, **span)["MetricDataResults"]) == 500
    for code, status in {"Throttling": 400, "AccessDenied": 403, "InternalFailure": 500}.items():
        control.fail("GetMetricData", code, service="monitoring", times=1)
        with refused(code, status):
            cloudwatch.get_metric_data(MetricDataQueries=[good], **span)


def test_metrics_are_listed_and_those_of_others_are_moto_s(cloudwatch: Any, place: dict[str, str]) -> None:
    listed = cloudwatch.list_metrics(
        Namespace="AWS/ClientVPN", Dimensions=[{"Name": "Endpoint", "Value": place["endpoint_id"]}]
    )["Metrics"]
    names = {metric["MetricName"] for metric in listed}
    assert {"ActiveConnectionsCount", "IdpCertDaysToExpiry", FAILED} <= names
    assert "AuthorizationPolicyEvaluationCount" not in names
    now = datetime.now(UTC)
    cloudwatch.put_metric_data(
        Namespace="ours", MetricData=[{"MetricName": "n", "Value": 5, "Timestamp": now}]
    )
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[query("n", {}, namespace="ours")],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
    )
    assert answer["MetricDataResults"][0]["Values"] == [5.0]
    assert cloudwatch.list_metrics(Namespace="ours")["Metrics"][0]["MetricName"] == "n"


def test_it_speaks_the_query_protocol_as_well(
    aws: AwsServer, cloudwatch: Any, control: Control, place: dict[str, str]
) -> None:
    """As older SDKs do: a form with numbered members, XML as the answer, errors too."""
    now = datetime.fromtimestamp(control.now(), UTC)
    form = {
        "Action": "GetMetricData",
        "Version": "2010-08-01",
        "StartTime": (now - timedelta(hours=1)).isoformat(),
        "EndTime": now.isoformat(),
        "MetricDataQueries.member.1.Id": "m0",
        "MetricDataQueries.member.1.MetricStat.Period": "300",
        "MetricDataQueries.member.1.MetricStat.Stat": "Sum",
        "MetricDataQueries.member.1.MetricStat.Metric.Namespace": "AWS/ClientVPN",
        "MetricDataQueries.member.1.MetricStat.Metric.MetricName": "IngressBytes",
        "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name": "Endpoint",
        "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value": place["endpoint_id"],
    }
    control.skip(600)
    assert "<StatusCode>Complete</StatusCode>" in ask(aws, form)
    assert "<Code>ValidationError</Code>" in ask(aws, form | {"MetricDataQueries.member.1.Id": "Capital"})
    control.fail("GetMetricData", "Throttling")
    assert "<Code>Throttling</Code>" in ask(aws, form)


def ask(aws: AwsServer, form: dict[str, str]) -> str:
    connection = HTTPConnection(urlsplit(aws.url).netloc, timeout=10)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20261130/{TOKYO.region}/monitoring/aws4_request",
    }
    try:
        connection.request("POST", "/", urlencode(form), headers)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
