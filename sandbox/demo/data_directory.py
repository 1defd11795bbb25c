"""The demo's data directory: its lock, what must be the same the next time, and when the demo ran last."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.services.programs import ServiceError


@contextmanager
def data_directory(directory: Path) -> Iterator[Path]:
    """Hold the data directory for as long as the demo runs. ServiceError if another demo holds it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as lock:
        # "a+" doesn't empty the file, so that whoever can't have the lock can read who holds it.
        lock.seek(0)
        owner = lock.read()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceError(
                f"{directory} は、実行中のデモ（プロセス {owner}）が使っています。\n"
                f"A demo (process {owner}) already runs on {directory}."
                " Stop it, or give another directory: make demo DATA=…"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield directory


def secret_key(directory: Path) -> str:
    """Django's SECRET_KEY, kept so that sessions survive a restart of the demo."""
    file = directory / "secret-key"
    if not file.exists():
        # Made with its mode: nobody can read the key between creation and chmod.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
    return file.read_text()


def record_running(directory: Path) -> None:
    """Record that the demo still runs now, for ``days_since_last_run``."""
    (directory / "alive").touch(mode=0o600)


def days_since_last_run(directory: Path) -> float:
    """Days since the demo ran last; infinity if it never did."""
    try:
        last = (directory / "alive").stat().st_mtime
    except FileNotFoundError:
        return float("inf")
    return max(0.0, time.time() - last) / 86400


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Lock a directory, so that demos which are started from it at the same time write into it in turn."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
