"""The demo's programs: the command, environment and sockets of each."""

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.demo.environment import Addresses
from sandbox.demo.ports import Sockets
from sandbox.demo.supervisor import Program

PYTHON: Final = sys.executable


@dataclass(frozen=True)
class DemoPrograms:
    """``inside`` is the environment of the portal's programs, ``outside`` of what it talks to."""

    addresses: Addresses
    sockets: Sockets
    data: Path
    inside: Mapping[str, str]
    outside: Mapping[str, str]

    def aws(self) -> Program:
        listening = self.sockets.aws
        command = [PYTHON, "-m", "sandbox.aws", *_fds(listening), "--pace", "lifelike", "--seed", "--kinds"]
        return Program("sandbox-aws", command, self.outside, ready="listens on", listening=listening)

    def identity_provider(self) -> Program:
        listening = self.sockets.identity_provider
        command = [PYTHON, "-m", "sandbox.idp", *_fds(listening)]
        command += ["--public-url", self.addresses.identity_provider]
        command += ["--directory", str(self.data / "identity-provider")]
        return Program("sandbox-idp", command, self.outside, ready="listens on", listening=listening)

    def traffic(self, days: float) -> Program:
        command = [PYTHON, "-m", "sandbox.demo.traffic", "--url", self.addresses.aws, "--days", str(days)]
        return Program("sandbox-traffic", command, self.outside, ready="people use the VPN")

    def network(self) -> Program:
        listening = self.sockets.site
        command = [PYTHON, "-m", "sandbox.network", *_fds(listening)]
        command += ["--portal", self.addresses.portal, "--aws", self.addresses.aws]
        command += ["--identity-provider", self.addresses.identity_provider]
        return Program("sandbox-network", command, self.outside, ready="listens on", listening=listening)

    def manage(self, *commands: str) -> Program:
        """manage.py commands in one process; the program is named after the first of them."""
        return Program(
            commands[0].split()[0], [PYTHON, "-m", "sandbox.demo.commands", *commands], self.inside
        )

    def web(self) -> Program:
        listening = self.sockets.portal
        command = [PYTHON, "-m", "gunicorn", "portal.wsgi", "--bind", f"fd://{listening[0].fileno()}"]
        # Two, so that one slow page doesn't stop the demo.
        command += ["--workers", "2", "--graceful-timeout", "5"]
        return Program("web", command, self.inside, ready="Booting worker", listening=listening)

    def worker(self) -> Program:
        command = [*self._celery(), "worker", "--concurrency", "2", "--loglevel", "INFO"]
        # Only one worker runs: it needs no word from others, and starts faster.
        command += ["--without-gossip", "--without-mingle"]
        return Program("worker", command, self.inside, ready=" ready.")

    def beat(self) -> Program:
        schedule = str(self.data / "beat-schedule")
        # No pid file: after a kill -9 beat would refuse to start because of it.
        command = [*self._celery(), "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "INFO"]
        return Program("beat", command, self.inside, ready="beat: Starting")

    def call(self, task: str) -> Program:
        """Send a Celery task, which the worker runs."""
        return Program(task.rpartition(".")[2], [*self._celery(), "call", task], self.inside)

    def _celery(self) -> list[str]:
        return [PYTHON, "-m", "celery", "--app", "portal", "--quiet"]


def _fds(sockets: list[socket.socket]) -> list[str]:
    return [word for listening in sockets for word in ("--fd", str(listening.fileno()))]
