"""With infra/postgresql/roles.sql the portal's own role can't rewrite the audit record: on a real PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import psycopg
import pytest
import yaml
from psycopg import errors, sql

from sandbox.services import postgresql_binaries
from sandbox.services.places import unprivileged_account
from sandbox.services.postgresql import PostgreSQL

ROOT = Path(__file__).resolve().parent.parent.parent
ROLES = (ROOT / "infra" / "postgresql" / "roles.sql").read_text(encoding="utf-8")
PASSWORD = "only-for-this-test"
# What web, worker and beat do with the database, by their own services.
PORTAL_AT_WORK = """
import django
django.setup()
from datetime import date, timedelta
from django.utils import timezone
from portal.access.models import User
from portal.access.saml.tasks import forget_expired
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.connection_log import partitions
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.notifications import services
from vpn.notifications.models import Delivery
person = User.objects.create(username="m.tanaka@example.co.jp", name="\u7530\u4e2d", roles=["admin"])
for _ in range(3):
    record(Tag.SIGN_IN_SUCCEEDED, actor=person)
month = date(2031, 1, 1)
partitions.ensure([month])
partitions.ensure([month])
[made] = [one for one in partitions.existing() if one.month == month and one.parent == "vpn_connection"]
partitions.detach(made)
account = AwsAccount.objects.create(name="tokyo", region="ap-northeast-1")
Endpoint.objects.create(account=account, endpoint_id="cvpn-endpoint-1", label="tokyo", status="available")
Endpoint.objects.update(label="tokyo-main")
services.send_test(actor=person, address=None, reference="")
Delivery.objects.all().delete()
forget_expired()
User.objects.all().delete()
"""
ATTEMPTS = (
    "UPDATE audit_auditevent SET actor = 'nobody'",
    "UPDATE audit_auditevent SET details = '{}' WHERE sequence = 1",
    "DELETE FROM audit_auditevent WHERE sequence = 2",
    "TRUNCATE audit_auditevent",
    "TRUNCATE audit_auditevent CASCADE",
    "INSERT INTO audit_auditevent SELECT * FROM audit_auditevent ON CONFLICT (sequence) DO UPDATE SET actor = 'x'",
    "MERGE INTO audit_auditevent a USING (SELECT 1 AS s) b ON a.sequence = b.s WHEN MATCHED THEN DELETE",
    "SELECT * FROM audit_auditevent FOR UPDATE",
    "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
    "ALTER TABLE audit_auditevent DISABLE TRIGGER audit_append_only",
    "ALTER TABLE audit_auditevent RENAME TO gone",
    "ALTER TABLE audit_auditevent OWNER TO genkan",
    "DROP TRIGGER audit_append_only ON audit_auditevent",
    (
        "CREATE TRIGGER mine BEFORE INSERT ON audit_auditevent"
        " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    "CREATE RULE mine AS ON INSERT TO audit_auditevent DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "DROP FUNCTION audit_refuse_change() CASCADE",
    "DROP TABLE audit_auditevent",
    "DROP SCHEMA public CASCADE",
    "SET session_replication_role = replica",
    "SET ROLE genkan_owner",
    "GRANT genkan_owner TO genkan",
    "GRANT UPDATE ON audit_auditevent TO genkan; UPDATE audit_auditevent SET actor = 'nobody'",
    "ALTER DEFAULT PRIVILEGES FOR ROLE genkan_owner GRANT ALL ON TABLES TO genkan",
    "ALTER ROLE genkan SUPERUSER",
    "DELETE FROM django_migrations",
    "COPY audit_auditevent TO PROGRAM 'cat'",
)


class Database:
    """One PostgreSQL, and who may come in as what."""

    def __init__(self, server: PostgreSQL) -> None:
        self._server = server

    def url(self, role: str) -> str:
        parts = urlsplit(self._server.administrator_url)
        return parts._replace(netloc=f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}").geturl()

    def assign_roles(self) -> None:
        with psycopg.connect(self._server.administrator_url, autocommit=True) as admin:
            admin.execute(ROLES)
            for role in ("genkan", "genkan_owner"):
                change = sql.SQL("ALTER ROLE {} PASSWORD {}")
                admin.execute(change.format(sql.Identifier(role), PASSWORD))

    def manage(self, *arguments: str, role: str) -> subprocess.CompletedProcess[str]:
        return self.run("manage.py", *arguments, role=role)

    def run(self, *arguments: str, role: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "DATABASE_URL": self.url(role)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Set up as docs/deploy.md says: roles, migrations by the owner, roles again; and a portal that worked a while."""
    with PostgreSQL(tmp_path_factory.mktemp("roles"), throwaway=True) as server:
        made = Database(server)
        made.assign_roles()
        migrated = made.manage("migrate", "--no-input", role="genkan_owner")
        assert migrated.returncode == 0, migrated.stderr
        made.assign_roles()
        worked = made.run("-c", PORTAL_AT_WORK, role="genkan")
        assert worked.returncode == 0, worked.stderr
        yield made


def test_the_portal_works_with_its_role_and_its_record_is_whole(database: Database) -> None:
    done = database.manage("verify_audit", role="genkan")
    assert done.returncode == 0, done.stderr
    assert "4 events are as they were written" in done.stdout


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_portal_s_role_cannot_rewrite_the_record(database: Database, attempt: str) -> None:
    with (
        psycopg.connect(database.url("genkan")) as connection,
        pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported)),
    ):
        connection.execute(attempt.encode())


def test_the_owner_s_own_triggers_still_refuse(database: Database) -> None:
    with psycopg.connect(database.url("genkan_owner")) as owner, pytest.raises(errors.InsufficientPrivilege):
        owner.execute("DELETE FROM audit_auditevent")


def test_nobody_else_may_even_read_it(database: Database) -> None:
    with psycopg.connect(database.url("genkan_owner"), autocommit=True) as owner:
        row = owner.execute("SELECT has_table_privilege('public', 'audit_auditevent', 'SELECT')").fetchone()
        assert row == (False,)


def test_running_it_again_changes_nothing_and_later_tables_are_usable(database: Database) -> None:
    with psycopg.connect(database.url("genkan_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE later (id bigint GENERATED BY DEFAULT AS IDENTITY, name text)")
    with psycopg.connect(database.url("genkan"), autocommit=True) as portal:
        portal.execute("INSERT INTO later (name) VALUES ('x')")
    database.assign_roles()
    assert database.manage("verify_audit", role="genkan").returncode == 0
    with psycopg.connect(database.url("genkan_owner"), autocommit=True) as owner:
        owner.execute("DROP TABLE later")


def test_migrations_run_again_as_the_owner_also_over_what_the_portal_owns(database: Database) -> None:
    assert database.manage("migrate", "--check", role="genkan_owner").returncode == 0
    with psycopg.connect(database.url("genkan_owner")) as owner:
        owner.execute("ALTER TABLE vpn_connection ADD COLUMN tried boolean")
        owner.rollback()


def test_an_installation_with_one_role_is_changed_into_one_with_two(tmp_path: Path) -> None:
    """As it was before: the portal's role made everything."""
    with PostgreSQL(tmp_path, throwaway=True) as server:
        old = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input"],
            env={**os.environ, "DATABASE_URL": server.url},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert old.returncode == 0, old.stderr
        changed = Database(server)
        changed.assign_roles()
        worked = changed.run("-c", PORTAL_AT_WORK, role="genkan")
        assert worked.returncode == 0, worked.stderr
        for attempt in ATTEMPTS[:4]:
            with (
                psycopg.connect(changed.url("genkan")) as connection,
                pytest.raises(errors.InsufficientPrivilege),
            ):
                connection.execute(attempt.encode())


def deployment_check(database: Database, role: str) -> str:
    return database.manage("check", "--deploy", "--database", "default", role=role).stderr


def test_a_deployment_check_says_that_the_owner_could(database: Database) -> None:
    messages = deployment_check(database, "genkan_owner")
    assert "genkan.W010" in messages
    assert "owns its table" in messages


def test_a_deployment_check_finds_a_right_to_one_column_and_then_nothing(database: Database) -> None:
    with psycopg.connect(database.url("genkan_owner"), autocommit=True) as owner:
        owner.execute("GRANT UPDATE (actor) ON audit_auditevent TO genkan")
        assert "may change its rows" in deployment_check(database, "genkan")
    database.assign_roles()
    messages = deployment_check(database, "genkan")
    assert "genkan.W010" not in messages
    assert "owns its table" not in messages


def test_compose_s_three_steps_leave_the_portal_with_the_role_that_cannot_rewrite(tmp_path: Path) -> None:
    """The commands of docker-compose.yml, in its order, against a PostgreSQL that has just been made."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    with PostgreSQL(tmp_path / "data", throwaway=True) as server:
        at = urlsplit(server.administrator_url)
        secrets = _secrets(tmp_path, at)
        administrator = {
            **os.environ,
            "PATH": os.pathsep.join([str(_binaries()), os.environ["PATH"]]),
            "PGHOST": str(at.hostname),
            "PGPORT": str(at.port),
            "PGDATABASE": at.path.removeprefix("/"),
            "PGUSER": str(at.username),
            "PASSWORD_FILE": str(secrets / "postgres_password"),
        }
        for name in ("roles", "migrate", "grants"):
            command = [word.replace("/run/secrets", str(secrets)) for word in services[name]["command"]]
            owner = services[name]["environment"].get("DATABASE_URL_FILE", "").rpartition("/")[2]
            entry = services[name].get("entrypoint", [])
            program = [*entry, str(ROOT / command[0].removeprefix("/"))] if entry else [sys.executable]
            environment = {
                **administrator,
                **({"DATABASE_URL": (secrets / owner).read_text().strip()} if owner else {}),
            }
            done = subprocess.run(
                [*program, *command[1:]],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        portal = (
            secrets / services["web"]["environment"]["DATABASE_URL_FILE"].rpartition("/")[2]
        ).read_text()
        _portal_works_but_cannot_rewrite(portal)


def _secrets(directory: Path, at: SplitResult) -> Path:
    """As docs/deploy.md has them made."""
    made = directory / "secrets"
    made.mkdir()
    (made / "postgres_password").write_text(at.password or "")
    for name, role in (("database_url", "genkan"), ("owner_database_url", "genkan_owner")):
        (made / name).write_text(f"postgresql://{role}:{PASSWORD}-{role}@{at.hostname}:{at.port}{at.path}\n")
    return made


def _binaries() -> Path:
    return postgresql_binaries.choose(account=unprivileged_account()).directory


def _portal_works_but_cannot_rewrite(url: str) -> None:
    worked = subprocess.run(
        [sys.executable, "-c", PORTAL_AT_WORK],
        env={**os.environ, "DATABASE_URL": url.strip()},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert worked.returncode == 0, worked.stderr
    for attempt in ATTEMPTS[:4]:
        with psycopg.connect(url.strip()) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(attempt.encode())


def test_a_url_whose_password_cannot_be_read_stops_the_step(tmp_path: Path) -> None:
    file = tmp_path / "database_url"
    file.write_text("postgresql://genkan@postgres:5432/genkan")
    (tmp_path / "password").write_text("x")
    (tmp_path / "psql").write_text("#!/bin/sh\n")
    (tmp_path / "psql").chmod(0o755)
    done = subprocess.run(
        ["sh", str(ROOT / "infra" / "postgresql" / "roles.sh"), str(file)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PASSWORD_FILE": str(tmp_path / "password")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "no postgresql://ROLE:PASSWORD@" in done.stderr) == (1, True)
