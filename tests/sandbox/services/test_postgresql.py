"""PostgreSQL of our own: as root it runs as somebody else."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from sandbox.services.places import make_private, unprivileged_account
from sandbox.services.postgresql import PostgreSQL, wait_until_nobody_uses
from sandbox.services.postgresql_binaries import choose, readable_copy
from sandbox.services.programs import ServiceError, run
from tests.sandbox.services.test_programs import wait_until_gone

PARENT = """
import time
from sandbox.services.postgresql import PostgreSQL
database = PostgreSQL().start()
print(database.process.pid, database.place, flush=True)
time.sleep(60)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PostgreSQL]:
    """One that keeps its data while the test runs, stopped."""
    kept = PostgreSQL(tmp_path)
    yield kept
    kept.stop()
    shutil.rmtree(kept.place)


def ask(database: PostgreSQL, question: str) -> object:
    with psycopg.connect(database.url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row and row[0]


def test_it_has_what_the_portal_needs() -> None:
    with PostgreSQL() as database, psycopg.connect(database.url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gin")
        row = connection.execute(
            "SELECT 'MÜLLER' ILIKE '%ü%', similarity('田中 美咲', '田中') > 0.3"
        ).fetchone()
        assert row == (True, True)


def test_the_portals_role_is_no_superuser_but_may_create_test_databases() -> None:
    with PostgreSQL() as database:
        assert ask(database, "SELECT rolcreatedb AND NOT rolsuper FROM pg_roles WHERE rolname = 'genkan'")


def test_it_wants_the_password_and_listens_on_loopback_only() -> None:
    with PostgreSQL() as database:
        assert ask(database, "SHOW listen_addresses") == "127.0.0.1"
        no_socket, address = (database.place / "data" / "postmaster.pid").read_text().split("\n")[4:6]
        assert (no_socket, address) == ("", "127.0.0.1")
        guess = database.url.replace("genkan:", "genkan:not-", 1)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(guess)


def test_it_leaves_nothing() -> None:
    with PostgreSQL() as database:
        pid, place = database.process.pid, database.place
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert Path(f"/proc/{pid}").stat().st_uid != 0
    wait_until_gone(pid)
    assert not place.exists()


def test_a_second_run_keeps_data_and_password(database: PostgreSQL, tmp_path: Path) -> None:
    with database, psycopg.connect(database.url) as connection:
        connection.execute("CREATE TABLE sign (word text)")
        connection.execute("INSERT INTO sign VALUES ('玄関')")
        password = connection.info.password
    with PostgreSQL(tmp_path) as again:
        assert ask(again, "SELECT word FROM sign") == "玄関"
        assert f":{password}@" in again.url


def test_it_starts_after_a_hard_kill(database: PostgreSQL, tmp_path: Path) -> None:
    with database, psycopg.connect(database.url) as connection:
        connection.execute("CREATE TABLE sign (word text)")
        connection.commit()
        database.process.kill()
        database.process.wait()
        assert (database.place / "data" / "postmaster.pid").exists()
    with PostgreSQL(tmp_path) as again:
        assert ask(again, "SELECT count(*) FROM sign") == 0


def test_a_pid_file_that_names_another_program_is_no_obstacle(database: PostgreSQL, tmp_path: Path) -> None:
    with database:
        pid_file = database.place / "data" / "postmaster.pid"
        old = pid_file.read_text()
    pid_file.write_text(old.replace(old.split("\n")[0], str(os.getpid()), 1))
    with PostgreSQL(tmp_path) as again:
        assert ask(again, "SELECT 1") == 1


def test_two_do_not_run_on_the_same_data(database: PostgreSQL) -> None:
    with database, pytest.raises(ServiceError, match=f"process {database.process.pid}\\) already runs"):
        wait_until_nobody_uses(database.place / "data", patience=0)


def test_an_interrupted_start_is_begun_anew(database: PostgreSQL, tmp_path: Path) -> None:
    with database:
        pass
    (database.place / "data" / "PG_VERSION").unlink()
    with PostgreSQL(tmp_path) as again:
        assert ask(again, "SELECT 1") == 1


def test_data_of_a_version_that_is_gone_are_not_touched(database: PostgreSQL, tmp_path: Path) -> None:
    with database:
        pass
    (database.place / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServiceError, match=r"made by PostgreSQL 9, .* Or delete .* to start over"):
        PostgreSQL(tmp_path).start()
    assert (database.place / "data" / "base").exists()


def test_it_ends_when_whoever_started_it_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, place = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    wait_until_gone(int(pid))
    shutil.rmtree(place)


def test_the_one_in_the_wheel_has_what_the_portal_needs_too() -> None:
    with PostgreSQL(major=18) as database, psycopg.connect(database.url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION btree_gin")
        assert connection.info.server_version >= 180000


def test_too_old_a_version_is_refused() -> None:
    with pytest.raises(ServiceError, match="made by PostgreSQL 14, which is not installed"):
        choose(account=unprivileged_account(), major=14)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what PostgreSQL's user cannot read")
def test_a_wheel_that_its_user_cannot_read_is_copied(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    account = unprivileged_account()
    assert account is not None
    package = choose(account=account, major=18).directory.parent.parent
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.parent / name, tmp_path / name)
    copy = readable_copy(tmp_path / package.name, account)
    try:
        assert "PostgreSQL) 18" in run([copy / "pginstall/bin/initdb", "--version"], account=account)
        assert f"runs as {account.name}, who cannot read" in capfd.readouterr().err
        assert readable_copy(tmp_path / package.name, account) == copy
        assert capfd.readouterr().err == ""
    finally:
        shutil.rmtree(copy.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_place_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(ServiceError, match="belongs to somebody else"):
        make_private(tmp_path, unprivileged_account())


def test_it_takes_another_port_if_somebody_was_quicker() -> None:
    with PostgreSQL() as quicker, PostgreSQL(port=urlsplit(quicker.url).port) as slower:
        assert ask(slower, "SELECT true")
        assert urlsplit(slower.url).port != urlsplit(quicker.url).port
