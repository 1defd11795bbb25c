"""P7, P12: pages at 50 connections against a bare "ok" in the same server, and what a process takes.

``python -m bench.http [--seconds 4] [--rounds 5]``, in the tests' environment, as ``make bench`` does it. Each round
asks for everything once, so that a busy machine is as busy for the peer; the median of the ratios counts. wrk asks if
it is there (Debian: wrk), else a small client of our own, which takes more of the same cores. The second share compares
the processor time that a request costs in the web processes: others on the machine change it little.
"""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from bench.site import prepare
from sandbox.services.programs import free_port

CONNECTIONS: Final = 50
PROCESSES: Final = 2
HOST: Final = "127.0.0.1"
ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Page:
    """``goal`` is the least share of the bare view's requests a second that we want; None: shown without one."""

    name: str
    path: str
    goal: float | None = None
    signed_in: bool = False


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]


@dataclass(frozen=True)
class Measured:
    """Requests a second, and the seconds of a processor that one costs in the web processes."""

    rate: float
    cost: float


def main() -> None:
    arguments = _arguments()
    site = prepare()
    pages = [
        Page("P7 /egress.txt", "/egress.txt", 0.5),
        Page("P7 /egress.json", "/egress.json", 0.5),
        Page("home page", "/", signed_in=True),
        Page("profile download", f"/profiles/{site.endpoint_id}/download", signed_in=True),
    ]
    with (
        server("bench.bare:application", site.environment) as bare,
        server("portal.wsgi", site.environment) as portal,
    ):
        at_rest = _memory(portal.process)
        rounds = _rounds(arguments, bare=bare, portal=portal, pages=pages, cookie=site.cookie)
        _report(pages, rounds)
        _report_memory(at_rest, _memory(portal.process))
    with _worker(site.environment) as process:
        print(f"P12 worker at rest: {_shown(_memory(process))} MB (goal: 150 each)")


def _rounds(
    arguments: argparse.Namespace, *, bare: Server, portal: Server, pages: list[Page], cookie: str
) -> dict[str, list[Measured]]:
    results: dict[str, list[Measured]] = {name: [] for name in ("bare", *(page.name for page in pages))}
    for _ in range(arguments.rounds):
        results["bare"].append(measure(bare, "/", arguments.seconds))
        for page in pages:
            sent = cookie if page.signed_in else ""
            results[page.name].append(measure(portal, page.path, arguments.seconds, cookie=sent))
    return results


def measure(server: Server, path: str, seconds: int, *, cookie: str = "") -> Measured:
    before = _processor_time(server.process)
    rate = _rate(server.port, path, seconds, cookie=cookie)
    cost = _processor_time(server.process) - before
    return Measured(rate, cost / max(1.0, rate * seconds))


def _rate(port: int, path: str, seconds: int, *, cookie: str = "") -> float:
    """Requests a second."""
    headers = {"Cookie": cookie, "X-Forwarded-For": "203.0.113.10"} if cookie else {}
    wrk = shutil.which("wrk")
    if not wrk:
        return _rate_of_our_own(port, path, seconds, headers)
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
    command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    output = subprocess.run(
        [*command, f"http://{HOST}:{port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{path} does not answer as it should:\n{output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]


def _rate_of_our_own(port: int, path: str, seconds: int, headers: dict[str, str]) -> float:
    counts = [0] * CONNECTIONS
    until = time.monotonic() + seconds

    def ask(number: int) -> None:
        connection = HTTPConnection(HOST, port, timeout=30)
        while time.monotonic() < until:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise HTTPException(f"{path}: {answer.status}")
            counts[number] += 1
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


@contextmanager
def server(application: str, environment: dict[str, str]) -> Iterator[Server]:
    """gunicorn as in production, with as many processes as the peer."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"{HOST}:{port}"]
    command += ["--workers", str(PROCESSES), "--log-level", "warning", "--max-requests", "0"]
    with _process(command, environment) as process:
        _wait_for(port)
        yield Server(port, process)


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "celery", "--app", "portal", "--quiet", "worker", "--concurrency", "2"]
    with _process([*command, "--without-gossip", "--without-mingle"], environment) as process:
        time.sleep(6)
        yield process


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=quiet) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server does not start.")


def _memory(process: subprocess.Popen[bytes]) -> list[int]:
    """Resident MB of the process and its children, the first one first."""
    return [_resident(pid) for pid in (str(process.pid), *_children(process))]


def _children(process: subprocess.Popen[bytes]) -> list[str]:
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def _processor_time(process: subprocess.Popen[bytes]) -> float:
    """Seconds that its children have worked, in the kernel too."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in _children(process)]
    return sum(int(of[11]) + int(of[12]) for of in fields) / os.sysconf("SC_CLK_TCK")


def _resident(pid: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


def _shown(memory: list[int]) -> str:
    return ", ".join(map(str, memory))


def _report(pages: list[Page], results: dict[str, list[Measured]]) -> None:
    bare = results["bare"]
    print(f"{'':22}{'requests/s':>12}{'share':>8}{'ms of processor':>18}{'share':>8}{'goal':>8}")
    _line("bare ok", bare, bare)
    for page in pages:
        _line(page.name, results[page.name], bare, goal="" if page.goal is None else f"{page.goal:8.2f}")


def _line(name: str, own: list[Measured], bare: list[Measured], *, goal: str = "") -> None:
    rate, cost = (
        statistics.median(measured.rate for measured in own),
        statistics.median(measured.cost for measured in own),
    )
    pairs = list(zip(own, bare, strict=True))
    faster = statistics.median(measured.rate / peer.rate for measured, peer in pairs)
    cheaper = statistics.median(peer.cost / max(measured.cost, 1e-6) for measured, peer in pairs)
    print(f"{name:22}{rate:12.0f}{faster:8.2f}{1000 * cost:18.2f}{cheaper:8.2f}{goal}")


def _report_memory(at_rest: list[int], after: list[int]) -> None:
    print(f"P12 web at rest: {_shown(at_rest)} MB; after the load: {_shown(after)} MB (goal: 150 each)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.http", description="Pages against a bare view.")
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
