"""A backup of a real database, read into another one."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from portal.access.models import User
from portal.audit.services import record
from portal.audit.tags import Tag
from sandbox.services import postgresql_binaries
from sandbox.services.places import unprivileged_account

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "infra" / "backup"
RESTORED = "genkan_restored"
# Each character of it is special to a URL, to the shell or to printf.
PASSWORD = "p@ss:w/rd%41\\n$HOME '?#"


def database_url(database: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()


def binaries() -> Path:
    """Of the version that serves the tests: an older pg_dump refuses a newer server."""
    major = connection.cursor().connection.info.server_version // 10_000
    return postgresql_binaries.choose(account=unprivileged_account(), major=major).directory


def run(script: str, file: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(binaries()), str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [SCRIPTS / script, file],
        env={**os.environ, "PATH": path, **variables},
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def source(transactional_db: None) -> str:
    """The tests' own database, with somebody who signed in twice."""
    person = User.objects.create(username="m.tanaka@example.co.jp", name="田中 美咲", roles=["employee"])
    for _ in range(2):
        record(Tag.SIGN_IN_SUCCEEDED, actor=person)
    return database_url(connection.settings_dict["NAME"])


@pytest.fixture
def empty() -> Iterator[str]:
    name = sql.Identifier(RESTORED)
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(name)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as admin:
        admin.execute(drop)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield database_url(RESTORED)
        admin.execute(drop)


def test_what_was_backed_up_comes_back_and_its_audit_record_is_whole(
    source: str, empty: str, tmp_path: Path
) -> None:
    file = tmp_path / "genkan.dump"
    saved = run("backup.sh", file, DATABASE_URL=source)
    assert (saved.returncode, saved.stderr) == (0, "")
    assert saved.stdout == f"{file}: {file.stat().st_size} bytes.\n"
    restored = run("restore.sh", file, DATABASE_URL=empty)
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.startswith("2 events are as they were written.")
    with psycopg.connect(empty) as database:
        assert database.execute("SELECT name FROM access_user").fetchall() == [("田中 美咲",)]


def test_a_restored_audit_record_still_refuses_changes(source: str, empty: str, tmp_path: Path) -> None:
    file = tmp_path / "genkan.dump"
    run("backup.sh", file, DATABASE_URL=source)
    run("restore.sh", file, DATABASE_URL=empty)
    with psycopg.connect(empty) as database, pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute("DELETE FROM audit_auditevent")


def test_a_backup_is_for_its_owner_only_and_leaves_nothing_beside_it(source: str, tmp_path: Path) -> None:
    file = tmp_path / "genkan.dump"
    run("backup.sh", file, DATABASE_URL=source)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_it_refuses_to_overwrite_a_backup(tmp_path: Path, db: None) -> None:
    file = tmp_path / "genkan.dump"
    file.write_text("precious")
    assert run("backup.sh", file).returncode == 1
    assert file.read_text() == "precious"


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path, db: None) -> None:
    nowhere = "postgresql://genkan:secret@127.0.0.1:9/genkan"
    failed = run("backup.sh", tmp_path / "genkan.dump", DATABASE_URL=nowhere)
    assert failed.returncode != 0
    assert "secret" not in failed.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_refuses_to_restore_over_data(source: str, tmp_path: Path) -> None:
    file = tmp_path / "genkan.dump"
    run("backup.sh", file, DATABASE_URL=source)
    refused = run("restore.sh", file, DATABASE_URL=source)
    assert refused.returncode == 1
    assert "A backup is read into an empty one only." in refused.stderr


def test_a_file_that_is_no_backup_changes_nothing(empty: str, tmp_path: Path, db: None) -> None:
    file = tmp_path / "genkan.dump"
    file.write_text("no backup")
    assert run("restore.sh", file, DATABASE_URL=empty).returncode != 0
    with psycopg.connect(empty) as database:
        assert database.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").rowcount == 0


def test_the_address_may_be_in_a_file_as_for_the_portal(source: str, tmp_path: Path) -> None:
    url = tmp_path / "database_url"
    url.write_text(f"\n  {source}\n")
    saved = run("backup.sh", tmp_path / "genkan.dump", DATABASE_URL="", DATABASE_URL_FILE=str(url))
    assert saved.returncode == 0, saved.stderr


def test_without_an_address_it_says_what_to_set(tmp_path: Path, db: None) -> None:
    refused = run("backup.sh", tmp_path / "genkan.dump", DATABASE_URL="")
    assert refused.returncode == 1
    assert refused.stderr.startswith("DATABASE_URL is not set.")


def test_the_password_is_decoded_and_is_no_argument_of_a_command(tmp_path: Path) -> None:
    """Asks the part that both scripts share; commands see ``url``."""
    bash = shutil.which("bash")
    assert bash
    host = "db.internal:5432/genkan?sslmode=require"
    output = subprocess.run(
        [
            bash,
            "-euc",
            f'. "{SCRIPTS / "connection.sh"}"; read_connection; printf "%s\\n%s" "$url" "$PGPASSWORD"',
        ],
        env={"DATABASE_URL": f"postgresql://genkan:{quote(PASSWORD, safe='')}@{host}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.split("\n", 1) == [f"postgresql://genkan@{host}", PASSWORD]
