"""The whole demo, as `make demo` runs it: it starts, answers, keeps its data and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.demo.environment import Addresses, portal_environment
from sandbox.services.places import place_for, unprivileged_account
from tests.sandbox.services.test_programs import is_running

PROJECT = Path(__file__).parent.parent.parent.parent


class Demo:
    """One run, read by its output as a person would."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "sandbox.demo", "--data", str(data), "--port", "18000"]
        self._process = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""

    def wait_until_it_runs(self) -> str:
        """The portal's address."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                return str(re.findall(r"Genkan: (http://\S+)", self.said)[0])
        raise AssertionError(f"The demo ended:\n{self.said}")

    def descendants(self) -> set[int]:
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except FileNotFoundError:
                continue
        found = {self._process.pid}
        while more := {child for child, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def named(self, part: str) -> int:
        for pid in sorted(self.descendants()):
            if part in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return pid
        raise AssertionError(f"{part} does not run")

    def end(self, number: signal.Signals | None = None) -> int:
        """Its exit status, after everything that it still had to say."""
        if number:
            self._process.send_signal(number)
        self.said += self._process.communicate(timeout=60)[0]
        return self._process.returncode


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One after the other, as somebody starts it day after day: the second start has nothing to build."""
    kept = tmp_path_factory.mktemp("demo") / "data"
    yield kept
    database = place_for(kept / "postgresql", unprivileged_account())
    shutil.rmtree(database, ignore_errors=True)


def assert_all_gone(pids: set[int]) -> None:
    deadline = time.monotonic() + 10
    while left := {pid for pid in pids if is_running(pid)}:
        assert time.monotonic() < deadline, f"{left} still run"
        time.sleep(0.1)


def egress(site: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{site}/egress.json", timeout=10) as response:
        return dict(json.load(response))


@pytest.mark.demo
def test_it_runs_keeps_its_data_and_leaves_nothing_behind(data: Path) -> None:
    demo = Demo(data)
    site = demo.wait_until_it_runs()
    assert "田中 美咲" in demo.said
    assert egress(site)["verdict"] == "outside"
    key, pids = (data / "secret-key").read_text(), demo.descendants()
    assert len(pids) > 9
    assert demo.named("sandbox.demo.traffic") in pids
    assert demo.end(signal.SIGINT) == 0
    assert_all_gone(pids)

    again = Demo(data)
    site = again.wait_until_it_runs()
    assert egress(site)["ip"] == "198.51.100.27"
    assert (data / "secret-key").read_text() == key
    assert "Applying" not in (data / "logs" / "migrate.log").read_text()
    pids = again.descendants()
    os.kill(again.named("sandbox.idp"), signal.SIGKILL)
    assert again.end() == 1
    assert "sandbox-idp has ended (signal SIGKILL)" in again.said
    assert_all_gone(pids)


@pytest.mark.demo
def test_a_hard_kill_leaves_nothing_behind_either(data: Path) -> None:
    demo = Demo(data)
    demo.wait_until_it_runs()
    pids = demo.descendants()
    demo.end(signal.SIGKILL)
    assert_all_gone(pids)


def test_the_portal_runs_as_in_production_but_in_the_sandbox() -> None:
    addresses = Addresses(
        port=8000,
        identity_provider="http://localhost:8001",
        aws="http://127.0.0.1:8002",
        portal="127.0.0.1:9000",
        database="postgresql://genkan:secret@127.0.0.1:5432/genkan",
        queue="redis://:secret@127.0.0.1:6379/0",
    )
    variables = portal_environment(addresses, secret_key="x" * 50)
    assert (variables["DEBUG"], variables["SANDBOX"]) == ("false", "true")
    assert variables["SITE_URL"] == "http://localhost:8000"
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
