import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from typing import Any

import boto3
import pytest

from sandbox.aws.server import AwsServer
from tests.sandbox.aws.account import Clients, refused


def run(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.aws", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_refuses_to_run_outside_the_sandbox() -> None:
    with run("--port", "0", SANDBOX="false") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "only runs with SANDBOX=true" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_at_a_signal(number: signal.Signals) -> None:
    with run("--port", "0", "--pace", "fast", "--seed", SANDBOX="true") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(number)
        process.communicate(timeout=60)
    assert line.startswith("The sandbox AWS listens on http://127.0.0.1:")
    assert process.returncode == 0


def test_a_busy_port_is_said_in_a_sentence(aws: AwsServer) -> None:
    with run("--port", aws.url.rpartition(":")[2], SANDBOX="true") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot listen on 127.0.0.1:" in err
    assert "Traceback" not in err


def test_only_one_runs_in_a_process(aws: AwsServer) -> None:
    with pytest.raises(RuntimeError, match="already runs"):
        AwsServer().start()


def test_a_reset_empties_it(aws: AwsServer, ec2: Any) -> None:
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    aws.reset()
    assert [vpc["IsDefault"] for vpc in ec2.describe_vpcs()["Vpcs"]] == [True]


def test_what_is_not_modelled_is_an_error_that_boto3_understands(ec2: Any) -> None:
    with refused("NotModelled"):
        ec2.describe_fleet_history(FleetId="fleet-1", StartTime=0)


def test_what_aws_does_not_have_is_an_invalid_action_of_other_services_too(clients: Clients) -> None:
    def change(params: dict[str, Any], **_: Any) -> None:
        params["body"]["Action"] = "CreateNothing"

    with closing(clients.another("sts")) as sts:
        sts.meta.events.register("before-call.sts", change)
        with refused("InvalidAction"):
            sts.get_caller_identity()


def test_a_change_that_no_trail_records_is_answered(clients: Clients) -> None:
    alarm = {"AlarmName": "connections", "Namespace": "AWS/ClientVPN", "MetricName": "ActiveConnectionsCount"}
    condition = {"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "Period": 300, "Statistic": "Sum"}
    clients("cloudwatch").put_metric_alarm(**alarm, **condition, EvaluationPeriods=1)


def test_many_threads_are_served_at_once(aws: AwsServer, boto: boto3.session.Session, ec2: Any) -> None:
    answers: list[int] = []

    def ask() -> None:
        answer = ec2.describe_client_vpn_endpoints()
        answers.append(answer["ResponseMetadata"]["HTTPStatusCode"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 8
