"""Programs that are started here end here."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.services.programs import ServiceError, free_port, last_lines, run, spawn, stop
from tests.processes import is_running

# Ignores SIGTERM, and so does its child, whose pid it prints.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(60)
"""
# Starts a program that sleeps, prints its pid and waits.
PARENT = """
import sys, time
from pathlib import Path
from sandbox.services.programs import spawn
print(spawn(["sleep", "60"], log=Path(sys.argv[1])).pid, flush=True)
time.sleep(60)
"""


def wait_until_gone(pid: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def first_line(log: Path) -> str:
    deadline = time.monotonic() + 10
    while "\n" not in log.read_text():
        assert time.monotonic() < deadline, "nothing was printed"
        time.sleep(0.02)
    return log.read_text().splitlines()[0]


def test_what_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn([sys.executable, "-c", STUBBORN], log=log)
    grandchild = int(first_line(log))
    stop(process, signal.SIGTERM, patience=0.2)
    assert process.returncode == -signal.SIGKILL
    wait_until_gone(grandchild)


def test_what_has_already_ended_can_be_stopped(tmp_path: Path) -> None:
    process = spawn(["true"], log=tmp_path / "log")
    process.wait()
    stop(process, signal.SIGTERM)
    assert process.returncode == 0


def test_a_program_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    wait_until_gone(child)


def test_ctrl_c_does_not_reach_a_program(tmp_path: Path) -> None:
    process = spawn(["sleep", "60"], log=tmp_path / "log")
    assert os.getsid(process.pid) == process.pid
    stop(process, signal.SIGTERM)


def test_a_program_reads_what_it_is_given(tmp_path: Path) -> None:
    spawn(["cat"], log=tmp_path / "log", stdin="玄関\n".encode()).wait()
    assert (tmp_path / "log").read_text() == "玄関\n"


def test_a_failure_comes_with_the_programs_own_words() -> None:
    with pytest.raises(ServiceError, match="sh failed with exit status 3: no room"):
        run(["sh", "-c", "echo no room >&2; exit 3"])


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ServiceError, match="/nowhere/initdb cannot be run: No such file"):
        run(["/nowhere/initdb"])


def test_free_ports_are_free() -> None:
    assert free_port() > 1023


def test_the_end_of_a_log_is_short(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_lines(log) == ""
    log.write_bytes(b"one\ntwo\n\xff\n")
    assert last_lines(log, 2) == "two\n\ufffd"
