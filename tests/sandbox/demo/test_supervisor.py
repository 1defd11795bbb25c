"""Programs of the demo: started, waited for, watched, stopped in reverse order."""

import os
import sys
from pathlib import Path

import pytest

from sandbox.demo.supervisor import Program, Supervisor
from sandbox.services.programs import ServiceError
from tests.processes import is_running

# Writes its name when it is ready and when it is asked to stop.
POLITE = """
import signal, sys, time
name, book = sys.argv[1:]
def leave(*_):
    with open(book, "a") as lines:
        lines.write(name + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
time.sleep(0.2)
print(name, "is ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(directory=tmp_path, logs=tmp_path)


def polite(name: str, book: Path) -> Program:
    return Program(
        name, [sys.executable, "-c", POLITE, name, str(book)], os.environ, ready=f"{name} is ready"
    )


def short(code: str) -> Program:
    return Program("short", [sys.executable, "-c", code], os.environ)


def test_all_are_stopped_in_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    book = tmp_path / "book"
    with supervisor:
        begun = [supervisor.start(polite(name, book)) for name in ("database", "web", "proxy")]
        for running in begun:
            supervisor.wait_until_ready(running)
    assert book.read_text() == "proxy web database "
    assert not any(is_running(running.process.pid) for running in begun)


def test_all_are_stopped_when_something_goes_wrong(supervisor: Supervisor, tmp_path: Path) -> None:
    running = supervisor.start(polite("web", tmp_path / "book"))
    with pytest.raises(ServiceError), supervisor:
        supervisor.run(short("raise SystemExit(1)"))
    assert not is_running(running.process.pid)


def test_one_that_ends_is_reported_by_name_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    with supervisor:
        running = supervisor.start(short("print('no room on the disk'); raise SystemExit(3)"))
        running.process.wait()
        with pytest.raises(ServiceError, match=r"(?s)short has ended \(exit status 3\).*no room on the disk"):
            supervisor.glance()


def test_one_that_is_killed_says_by_what(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor:
        running = supervisor.start(polite("web", tmp_path / "book"))
        running.process.kill()
        running.process.wait()
        with pytest.raises(ServiceError, match=r"web has ended \(signal SIGKILL\)"):
            supervisor.glance()


def test_one_that_never_gets_ready_is_not_waited_for_when_it_ends(supervisor: Supervisor) -> None:
    with supervisor:
        running = supervisor.start(Program("web", ["true"], os.environ, ready="listening"))
        with pytest.raises(ServiceError, match=r"web has ended \(exit status 0\)"):
            supervisor.wait_until_ready(running)


def test_a_task_is_run_to_its_end(supervisor: Supervisor, tmp_path: Path) -> None:
    with supervisor:
        supervisor.run(short("open('done', 'w').close()"))
        assert (tmp_path / "done").exists()
        with pytest.raises(ServiceError, match="exit status 1"):
            supervisor.run(short("raise SystemExit(1)"))


def test_a_task_is_given_up_when_a_program_that_it_may_need_ends(supervisor: Supervisor) -> None:
    with supervisor:
        supervisor.start(Program("database", ["false"], os.environ))
        with pytest.raises(ServiceError, match="database has ended"):
            supervisor.run(short("import time; time.sleep(60)"))
