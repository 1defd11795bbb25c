"""Programs that do not outlive whoever started them, and the free ports they listen on."""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LOOPBACK: Final = "127.0.0.1"
LOOPBACK6: Final = "::1"
# How often a server is started anew because the port that was free has gone.
PORT_TRIES: Final = 5
PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)


class ServiceError(Exception):
    """A service cannot run; the text is for whoever started it."""


@dataclass(frozen=True)
class Account:
    """The user that a program runs as when we are root."""

    name: str
    uid: int
    gid: int


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    stdin: bytes = b"",
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    directory: str | Path = "/",
    listening: Sequence[socket.socket] = (),
    on_parents_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, so that Ctrl-C reaches us and not it.

    It inherits the sockets in ``listening``, under the same file descriptors.
    On Linux the kernel sends it ``on_parents_death`` when the thread that called this ends, however it ends.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=environment,
            start_new_session=True,
            pass_fds=[inherited.fileno() for inherited in listening],
            # A parent that is killed by SIGKILL can't stop anything; the kernel can.
            preexec_fn=_dies_with(os.getpid(), on_parents_death),
            **_as_user(account),
        )
    if process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    return process


def stop(process: subprocess.Popen[bytes], *signals: signal.Signals, patience: float = 10) -> None:
    """Ask in ever ruder ways, ``patience`` seconds each, then kill the whole group."""
    for number in signals:
        process.send_signal(number)
        try:
            process.wait(patience)
            break
        except subprocess.TimeoutExpired:
            continue
    # The group, because PostgreSQL and gunicorn have children that may outlive them.
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command: Sequence[str | Path], *, account: Account | None = None) -> str:
    """What a short program prints; ServiceError with its own words if it fails."""
    parts = [str(part) for part in command]
    try:
        done = subprocess.run(
            parts, check=True, capture_output=True, text=True, cwd="/", env=plain(), **_as_user(account)
        )
    except subprocess.CalledProcessError as error:
        output = (error.stderr or error.stdout).strip()
        raise ServiceError(f"{parts[0]} failed with exit status {error.returncode}: {output}") from error
    except OSError as error:
        raise ServiceError(f"{parts[0]} cannot be run: {error.strerror}.") from error
    return str(done.stdout)


def plain() -> dict[str, str]:
    """An environment with nothing in it that would change what a service does or says."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def lost_its_port(process: subprocess.Popen[bytes], log: Path) -> bool:
    """Whether a server has ended because somebody else was quicker to take the port that was free before."""
    return process.poll() is not None and os.strerror(errno.EADDRINUSE) in last_lines(log, 8)


def last_lines(log: Path, count: int = 15) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-count:])


def _as_user(account: Account | None) -> dict[str, Any]:
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def _dies_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    def ask_the_kernel() -> None:
        if sys.platform == "linux":
            _LIBC.prctl(PR_SET_PDEATHSIG, number)
            # The parent may have ended before the kernel was asked: then nobody will ever send the signal.
            if os.getppid() != parent:
                os._exit(1)

    return ask_the_kernel
