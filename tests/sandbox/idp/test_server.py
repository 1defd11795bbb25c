"""The server by itself: its addresses, keys that stay, and a command that says no."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.idp.server import IdpServer
from tests.sandbox.idp.http import get

COMMAND = [sys.executable, "-m", "sandbox.idp", "--port", "0"]


def _environment(sandbox: str | None) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if name != "SANDBOX"}
    return others if sandbox is None else {**others, "SANDBOX": sandbox}


@pytest.mark.parametrize("sandbox", [None, "", "false", "1"])
def test_it_refuses_to_run_unless_this_is_the_sandbox(sandbox: str | None) -> None:
    ended = subprocess.run(
        COMMAND, env=_environment(sandbox), capture_output=True, text=True, check=False, timeout=30
    )
    assert ended.returncode == 2
    assert ended.stderr == ("The sandbox identity provider only runs with SANDBOX=true in the environment.\n")
    assert ended.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_runs_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "--directory", str(tmp_path)],
        env=_environment("true"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        url = process.stdout.readline().rpartition(" ")[2].strip()
        try:
            assert get(f"{url}/metadata").status == 200
        finally:
            process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


def test_a_busy_port_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        ended = subprocess.run(
            [*COMMAND[:-1], port], env=_environment("true"), capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr


def test_keys_outlive_the_server(tmp_path: Path) -> None:
    with IdpServer(directory=tmp_path) as before:
        before.publish_new_certificate()
        before.sign_with_new_certificate()
        published, signing = before.provider.keys.published, before.key
    with IdpServer(directory=tmp_path) as after:
        assert after.provider.keys.published == published
        assert after.key == signing


def test_nobody_else_may_read_the_keys(tmp_path: Path) -> None:
    with IdpServer(directory=tmp_path / "new"):
        file = tmp_path / "new" / "keys.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_directory_the_keys_are_new_each_time() -> None:
    with IdpServer() as first, IdpServer() as second:
        assert first.key != second.key
        assert first.url != second.url


def test_a_public_address_decides_what_it_calls_itself() -> None:
    with IdpServer(public_url="http://sso.localhost:7000/") as idp:
        assert idp.entity_id == "http://sso.localhost:7000/metadata"
        assert b'Location="http://sso.localhost:7000/sso"' in idp.metadata()


def test_before_its_start_it_has_no_address() -> None:
    idp = IdpServer()
    with pytest.raises(RuntimeError, match="not been started"):
        _ = idp.url
    idp.stop()
