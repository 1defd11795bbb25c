"""A PostgreSQL of our own on loopback, with a password. As root it runs as an unprivileged user."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg
from psycopg import sql

from sandbox.services import postgresql_binaries
from sandbox.services.places import make_private, place_for, unprivileged_account
from sandbox.services.postgresql_binaries import Binaries
from sandbox.services.programs import (
    LOOPBACK,
    PORT_TRIES,
    ServiceError,
    free_port,
    last_lines,
    lost_its_port,
    plain,
    run,
    spawn,
    stop,
)

NAME: Final = "genkan"
SUPERUSER: Final = "postgres"
START_SECONDS: Final = 60
# For data that nobody wants back after a crash: tests spend most of their time waiting for the disk
# otherwise.
NOT_DURABLE: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class PostgreSQL:
    """``with PostgreSQL(directory) as database: psycopg.connect(database.url)``.

    The role ``genkan`` owns the database ``genkan`` and may create databases; it is no superuser,
    as in production. ``throwaway`` keeps nothing and doesn't wait for the disk. New data
    are made by version ``major``, or by whichever the machine has. ``port`` is the one to try first.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        log: Path | None = None,
        throwaway: bool = False,
        major: int | None = None,
        port: int | None = None,
    ) -> None:
        self._throwaway = throwaway or directory is None
        self._account = unprivileged_account()
        self._place = place_for(directory, self._account)
        self._data = self._place / "data"
        self._log = log or self._place / "postgresql.log"
        self._major = major
        self._wanted_port = port
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> Path:
        """Where the data are. As root that is not the directory that was asked for."""
        return self._place

    @property
    def url(self) -> str:
        return self._url(NAME, NAME)

    @property
    def administrator_url(self) -> str:
        """The URL of the same database for the superuser."""
        return self._url(SUPERUSER, NAME)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServiceError("PostgreSQL has not been started.")
        return self._process

    def start(self) -> Self:
        with ExitStack() as unless_started:
            unless_started.callback(self.stop)
            self._start()
            unless_started.pop_all()
        return self

    def _start(self) -> None:
        make_private(self._place, self._account)
        version = self._data / "PG_VERSION"
        is_new = not version.exists()
        binaries = self._binaries(self._major if is_new else int(version.read_text()))
        if is_new:
            self._create(binaries)
        else:
            wait_until_nobody_uses(self._data)
        self._serve(binaries)
        if not self._has_our_database():
            self._create_our_database()

    def stop(self) -> None:
        if self._process is not None:
            # Fast shutdown, then the immediate one.
            stop(self._process, signal.SIGINT, signal.SIGQUIT)
            self._process = None
        if self._throwaway:
            shutil.rmtree(self._place, ignore_errors=True)

    def _binaries(self, major: int | None) -> Binaries:
        try:
            return postgresql_binaries.choose(account=self._account, major=major)
        except ServiceError as error:
            hint = f" Or delete {self._place} to start over." if major else ""
            raise ServiceError(f"{error}{hint}") from error

    def _create(self, binaries: Binaries) -> None:
        # What an interrupted initdb left behind.
        shutil.rmtree(self._data, ignore_errors=True)
        password = self._place / "password"
        password.write_text(secrets.token_urlsafe(24))
        password.chmod(0o600)
        if self._account:
            os.chown(password, self._account.uid, self._account.gid)
        options = [f"--pgdata={self._data}", f"--username={SUPERUSER}", f"--pwfile={password}"]
        options += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        run(
            [binaries / "initdb", *options, *(["--no-sync"] if self._throwaway else [])],
            account=self._account,
        )

    def _serve(self, binaries: Binaries) -> None:
        self._port = self._wanted_port or free_port()
        # It can't be given a socket that listens: between choosing a port and its start somebody else may take it.
        for _ in range(PORT_TRIES):
            self._process = self._spawn(binaries)
            if self._answers(self._process):
                return
            if not lost_its_port(self._process, self._log):
                break
            self._port = free_port()
        raise ServiceError(
            f"PostgreSQL did not start. The end of its log {self._log}:\n{last_lines(self._log)}"
        )

    def _spawn(self, binaries: Binaries) -> subprocess.Popen[bytes]:
        settings = [f"listen_addresses={LOOPBACK}", f"port={self._port}", "unix_socket_directories="]
        # In English, because a lost port is recognised by the log's text.
        settings += ["lc_messages=C", *(NOT_DURABLE if self._throwaway else ())]
        return spawn(
            [
                binaries / "postgres",
                "-D",
                self._data,
                *(part for setting in settings for part in ("-c", setting)),
            ],
            log=self._log,
            account=self._account,
            environment=plain(),
            on_parents_death=signal.SIGINT,
        )

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until the server accepts connections; false if it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self._url(SUPERUSER, SUPERUSER), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _has_our_database(self) -> bool:
        with psycopg.connect(self._url(SUPERUSER, SUPERUSER)) as connection:
            result = connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME])
            return result.rowcount == 1

    def _create_our_database(self) -> None:
        role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
        with psycopg.connect(self._url(SUPERUSER, SUPERUSER), autocommit=True) as connection:
            # An earlier start may have been interrupted between the role and its database.
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(NAME)))
            connection.execute(role.format(sql.Identifier(NAME), self._password()))
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(NAME)))

    def _password(self) -> str:
        return (self._place / "password").read_text()

    def _url(self, user: str, database: str) -> str:
        return f"postgresql://{user}:{self._password()}@{LOOPBACK}:{self._port}/{database}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def wait_until_nobody_uses(data: Path, *, patience: float = 10) -> None:
    """After a kill -9 its processes take a moment to go, and its pid file stays."""
    deadline = time.monotonic() + patience
    while busy := _processes_in(data):
        if time.monotonic() > deadline:
            raise ServiceError(f"PostgreSQL (process {busy[0]}) already runs on {data}. Stop that first.")
        time.sleep(0.1)
    # Only where the processes could be looked for: elsewhere the file may belong to a server that runs.
    if Path("/proc/self/cwd").exists():
        (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """PostgreSQL's processes work in their data directory; only Linux tells."""
    processes = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data:
                processes.append(int(process.name))
        except OSError:
            continue  # it has just ended, or belongs to somebody else
    return sorted(processes)
