import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from sandbox.aws.connection_log import STYLE_NAMES
from sandbox.aws.control import Control


def run(*arguments: str, sandbox: str = "true") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.traffic", *arguments],
        env={**os.environ, "SANDBOX": sandbox},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_refuses_to_run_outside_the_sandbox() -> None:
    with run(sandbox="false") as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert "only runs with SANDBOX=true" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_that_it_plays_and_stops_at_a_signal(aws_url: str, number: signal.Signals) -> None:
    with run("--url", aws_url, "--people", "10", "--speed", "60", "--backfill-days", "3") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert line.startswith(f"Traffic of 10 people plays on {aws_url}: ")
    assert (process.returncode, err) == (0, "")


def test_the_past_is_there_when_it_says_so_and_disorder_is_as_wanted(
    aws_url: str, control: Control, aws: Any
) -> None:
    with run("--url", aws_url, "--people", "10", "--disorder", "0.2") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        process.communicate(timeout=30)
    switches = control.log_switches()
    assert (switches["late"], switches["styles"]) == (0.2, list(STYLE_NAMES))
    streams = aws("logs").describe_log_streams(logGroupName="/genkan/clientvpn/tokyo-main")["logStreams"]
    assert streams[0]["firstEventTimestamp"] / 1000 < control.now() - 3 * 24 * 3600


def test_without_an_aws_it_says_so_in_a_sentence(aws_url: str, control: Control) -> None:
    with run("--url", "http://127.0.0.1:1") as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "does not play along" in err
    control.reset()
    with run("--url", aws_url) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "InvalidClientVpnEndpointId.NotFound" in err
    assert "Traceback" not in err


def test_numbers_must_make_sense() -> None:
    with run("--speed", "0") as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--people and --speed must be more than 0" in err
