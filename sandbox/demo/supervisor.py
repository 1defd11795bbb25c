"""Programs that run as long as the demo: each is waited for, watched, and stopped in reverse order."""

import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from sandbox.services.programs import ServiceError, last_lines, spawn, stop

START_SECONDS: Final = 120
GLANCE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Program:
    """``ready`` is what it writes into its log once it can be used; nothing: at once.

    ``listening`` are the sockets that it is given: from its start on they are its own.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: str = ""
    listening: Sequence[socket.socket] = ()


@dataclass(frozen=True)
class Running:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ready: str = ""


class Supervisor:
    """``with Supervisor(directory=…, logs=…) as supervisor``; leaving it stops everything."""

    def __init__(self, *, directory: Path, logs: Path) -> None:
        self._directory = directory
        self._logs = logs
        self._running: list[Running] = []
        self._stack = ExitStack()

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def start(self, program: Program) -> Running:
        running = self._spawn(program)
        self._running.append(running)
        return running

    def watch_over(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Notice the end of a program that somebody else starts and stops."""
        self._running.append(Running(name, process, self.log(name)))

    def run(self, program: Program) -> None:
        """Run a program to its end; ServiceError if it fails."""
        task = self._spawn(program)
        while task.process.poll() is None:
            self.glance()
        if task.process.returncode:
            raise ServiceError(_obituary(task))

    def wait_until_ready(self, running: Running) -> None:
        deadline = time.monotonic() + START_SECONDS
        while running.ready not in running.log.read_text(errors="replace"):
            self.glance()
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"{running.name} is not ready after {START_SECONDS} seconds. {_last_log_lines(running.log)}"
                )

    def glance(self) -> None:
        """Wait a moment; ServiceError if a program that should run has ended."""
        time.sleep(GLANCE_SECONDS)
        for running in self._running:
            if running.process.poll() is not None:
                raise ServiceError(_obituary(running))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _spawn(self, program: Program) -> Running:
        log = self.log(program.name)
        log.write_bytes(b"")
        process = spawn(
            program.command,
            log=log,
            environment=program.environment,
            directory=self._directory,
            listening=program.listening,
        )
        # The program has them now; held here they would stay bound after it has ended.
        for handed_over in program.listening:
            handed_over.close()
        # SIGQUIT second: for gunicorn and Celery it is the stop that doesn't wait for what is running.
        self._stack.callback(stop, process, signal.SIGTERM, signal.SIGQUIT)
        return Running(program.name, process, log, program.ready)


def _obituary(running: Running) -> str:
    status = running.process.returncode
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    return f"{running.name} が終了しました / {running.name} has ended ({how}). {_last_log_lines(running.log)}"


def _last_log_lines(log: Path) -> str:
    return f"The end of its log {log}:\n{last_lines(log)}"
