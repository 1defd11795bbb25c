"""The demo's ports are its own from the moment that it chooses them, however many demos start at once."""

import errno
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sandbox.demo.environment import Addresses, sandbox_environment
from sandbox.demo.ports import Sockets, hold, port_number
from sandbox.demo.programs import DemoPrograms
from sandbox.demo.supervisor import Supervisor
from sandbox.services.programs import LOOPBACK, ServiceError

PROJECT = Path(__file__).resolve().parents[3]
DEMOS = 6

# Chooses all ports that a demo needs, says which, and holds them until its standard input ends.
CHOOSE = """
import sys
from sandbox.demo.ports import Sockets, port_number
sys.stdin.readline()
sockets = Sockets.choose(int(sys.argv[1]))
groups = (sockets.site, sockets.identity_provider, sockets.aws, sockets.portal)
print("chose", *(port_number(group) for group in groups), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on, with room above it."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def close(sockets: list[socket.socket]) -> None:
    for listening in sockets:
        listening.close()


def test_a_busy_port_gets_a_sentence_and_another_port(busy: int, capsys: pytest.CaptureFixture[str]) -> None:
    sockets = hold(busy)
    chosen = port_number(sockets)
    close(sockets)
    assert chosen > busy
    assert f"Port {busy} is busy: using {chosen}" in capsys.readouterr().out


def test_a_free_port_is_held_without_a_word(busy: int, capsys: pytest.CaptureFixture[str]) -> None:
    first = hold(busy)
    free = port_number(first)
    close(first)
    capsys.readouterr()
    held = hold(free, ipv6=True)
    assert port_number(held) == free
    assert capsys.readouterr().out == ""
    with pytest.raises(OSError, match=r"in use") as refused:
        socket.create_server((LOOPBACK, free))
    assert refused.value.errno == errno.EADDRINUSE
    close(held)


def test_a_port_that_cannot_be_is_refused() -> None:
    with pytest.raises(ServiceError, match="No port from 70000 on is free"):
        hold(70000)


def test_demos_that_start_at_once_have_ports_of_their_own(busy: int) -> None:
    with ExitStack() as stack:
        demos = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", CHOOSE, str(busy)],
                    cwd=PROJECT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(DEMOS)
        ]
        for demo in demos:
            assert demo.stdin is not None
            demo.stdin.write("\n")
            demo.stdin.flush()
        chosen = [port for demo in demos for port in ports_that_it_chose(demo)]
        for demo in demos:
            assert demo.stdin is not None
            demo.stdin.close()
    assert len(chosen) == 4 * DEMOS
    assert len({*chosen, busy}) == 4 * DEMOS + 1


def ports_that_it_chose(demo: subprocess.Popen[str]) -> list[int]:
    """The demo may say first that a port is busy."""
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("chose"):
            return [int(port) for port in line.split()[1:]]
    return []


def test_a_program_answers_those_who_came_while_its_port_was_held_for_it(tmp_path: Path, busy: int) -> None:
    with closing(Sockets.choose(busy)) as sockets, Supervisor(directory=PROJECT, logs=tmp_path) as demo:
        port = port_number(sockets.identity_provider)
        addresses = Addresses(
            port=port_number(sockets.site),
            identity_provider=f"http://localhost:{port}",
            aws=f"http://{LOOPBACK}:{port_number(sockets.aws)}",
            portal=f"{LOOPBACK}:{port_number(sockets.portal)}",
            database="",
            queue="",
        )
        world = DemoPrograms(addresses, sockets, tmp_path, inside={}, outside=sandbox_environment())
        with socket.create_connection((LOOPBACK, port), timeout=60) as early:
            early.sendall(b"GET /metadata HTTP/1.0\r\n\r\n")
            provider = demo.start(world.identity_provider())
            # The demo has none of it any more: the port is as long taken as the program runs.
            assert all(listening.fileno() == -1 for listening in sockets.identity_provider)
            demo.wait_until_ready(provider)
            assert early.recv(12).endswith(b" 200")
        with pytest.raises(OSError, match=r"in use"):
            socket.create_server((LOOPBACK, port))
