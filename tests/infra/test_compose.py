"""What docker-compose.yml promises, as far as it can be told without Docker."""

import json
import re
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.demo.environment import Addresses, portal_environment

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ENDING = {"roles", "migrate", "grants", "sandbox-migrate"}
# Nobody waits for them, and they answer nobody.
UNWATCHED = {"sandbox-localhost", "sandbox-traffic"}
POSTGRESQL = ["postgres", "sandbox-postgres"]


def in_profile(name: str) -> set[str]:
    return {service for service, about in SERVICES.items() if name in about["profiles"]}


def test_production_is_a_proxy_the_processes_and_their_data() -> None:
    steps = {"roles", "migrate", "grants"}
    assert in_profile("production") == {"proxy", "web", "worker", "beat", *steps, "postgres", "valkey"}


def test_the_sandbox_brings_everything_itself_and_needs_no_file_that_is_not_in_the_repository() -> None:
    demo = in_profile("sandbox")
    assert {"sandbox-network", "sandbox-aws", "sandbox-idp", "sandbox-traffic", "sandbox-web"} < demo
    assert not [name for name in demo if {"env_file", "secrets"} & set(SERVICES[name])]


def test_only_the_worker_gets_aws_credentials() -> None:
    files = {name: [file["path"] for file in about.get("env_file", ())] for name, about in SERVICES.items()}
    assert {name for name, paths in files.items() if ".env.worker" in paths} == {"worker"}
    assert files["worker"] == [".env", ".env.worker"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_hardened_limited_watched_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"memory", "cpus"}
    assert service["restart"] == ("no" if name in ENDING else "unless-stopped")
    if name == "migrate":  # whose image has one
        assert service["healthcheck"] == {"disable": True}
    elif name in ENDING | UNWATCHED:  # `up --wait` refuses one that is switched off
        assert "healthcheck" not in service
    elif name != "web":  # the image's
        assert service["healthcheck"]["test"]
    assert service["cap_drop"] == ["ALL"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


def test_capabilities_are_for_the_proxy_s_ports_and_for_postgresql_s_step_down_from_root() -> None:
    added = {name: about["cap_add"] for name, about in SERVICES.items() if "cap_add" in about}
    postgresql = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]
    assert added == {"proxy": ["NET_BIND_SERVICE"]} | dict.fromkeys(POSTGRESQL, postgresql)


def test_the_demo_and_production_share_no_service_network_volume_or_secret() -> None:
    assert not in_profile("production") & in_profile("sandbox")
    for name in in_profile("sandbox"):
        assert not set(SERVICES[name].get("networks", ())) - {"sandbox"}
        assert not {"volumes", "secrets", "env_file"} & set(SERVICES[name])


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_waits_for_a_service_of_another_profile(name: str) -> None:
    profiles = set(SERVICES[name]["profiles"])
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert profiles <= set(SERVICES[needed]["profiles"]), needed
        finished = how["condition"] == "service_completed_successfully"
        assert finished == (needed in ENDING)
        assert finished or SERVICES[needed]["healthcheck"].get("test")


@pytest.mark.parametrize("name", [name for name, about in SERVICES.items() if about.get("build")])
def test_each_image_is_a_stage_of_the_dockerfile(name: str) -> None:
    assert re.search(rf"^FROM \w+ AS {SERVICES[name]['build']['target']}$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("image", ["genkan:", "genkan-sandbox:"])
def test_each_image_is_built_once_and_by_a_service_that_all_its_others_wait_for(image: str) -> None:
    using = {name for name, about in SERVICES.items() if about["image"].startswith(image)}
    (builder,) = [name for name in using if "build" in SERVICES[name]]
    for name in using:
        assert SERVICES[name]["pull_policy"] == "never"
        assert name == builder or builder in needed_by(name)


def needed_by(name: str) -> set[str]:
    """The services that are started before ``name``."""
    service = SERVICES[name]
    direct = set(service.get("depends_on", ()))
    if service.get("network_mode", "").startswith("service:"):
        direct.add(service["network_mode"].removeprefix("service:"))
    return direct.union(*(needed_by(needed) for needed in direct))


@pytest.mark.parametrize("name", [name for name, about in SERVICES.items() if "command" in about])
def test_each_program_exists(name: str) -> None:
    program, *arguments = SERVICES[name]["command"]
    if not SERVICES[name]["image"].startswith("genkan"):  # PostgreSQL's and Valkey's own images
        return
    if SERVICES[name].get("entrypoint") == ["sh"]:
        assert (ROOT / program.removeprefix("/")).exists()
        return
    if program == "sleep":
        return
    assert (Path(sys.executable).parent / program).exists()
    if arguments[0] == "-m":
        assert (ROOT / arguments[1].replace(".", "/")).with_suffix(".py").exists() or (
            ROOT / arguments[1].replace(".", "/") / "__main__.py"
        ).exists()


def database_urls(name: str) -> list[str]:
    """The secrets with a database's URL that a service gets."""
    return [secret for secret in SERVICES[name].get("secrets", ()) if secret.endswith("database_url")]


def test_only_the_migrations_come_in_as_the_owner_and_only_the_roles_as_the_administrator() -> None:
    for name in ("web", "worker", "beat"):
        assert database_urls(name) == ["database_url"]
        assert SERVICES[name]["environment"]["DATABASE_URL_FILE"] == "/run/secrets/database_url"
    assert database_urls("migrate") == ["owner_database_url"]
    assert SERVICES["migrate"]["environment"]["DATABASE_URL_FILE"] == "/run/secrets/owner_database_url"
    administrators = {
        name for name, about in SERVICES.items() if "postgres_password" in about.get("secrets", ())
    }
    assert administrators == {"roles", "grants", "postgres"}
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == SERVICES["roles"]["environment"]["PGUSER"]


def test_metadata_can_be_a_file() -> None:
    for name in ("web", "worker"):
        assert SERVICES[name]["volumes"] == ["./identity-provider:/identity-provider:ro"]


def test_roles_come_before_the_migrations_and_grants_after_them() -> None:
    before = {name: set(about.get("depends_on", ())) for name, about in SERVICES.items()}
    assert (before["roles"], before["migrate"], before["grants"]) == ({"postgres"}, {"roles"}, {"migrate"})
    for name in ("web", "worker", "beat"):
        assert "grants" in before[name]


def test_the_sandbox_is_configured_as_the_demo_is() -> None:
    """But for what is elsewhere in containers."""
    addresses = Addresses(
        port=8000,
        identity_provider="http://localhost:8001",
        aws="http://127.0.0.1:5001",
        portal="127.0.0.1:8080",
        database="postgresql://genkan@sandbox-postgres:5432/genkan",
        queue="redis://sandbox-valkey:6379/0",
    )
    secret = SERVICES["sandbox-web"]["environment"]["SECRET_KEY"]
    expected = _parsed(portal_environment(addresses, secret_key=secret))
    assert _parsed(SERVICES["sandbox-web"]["environment"]) == expected


def _parsed(environment: dict[str, str]) -> dict[str, Any]:
    ours = {
        name: value
        for name, value in environment.items()
        if name not in {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "TERM", "DJANGO_SETTINGS_MODULE"}
    }
    lists = {name: json.loads(ours[name]) for name in ("VPN_ACCOUNTS", "OFFICE_NETWORKS", "OFFICE_NAMES_EN")}
    return ours | lists


def test_what_the_dockerfile_copies_is_let_into_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for path in " ".join(copied).split():
        assert (ROOT / path).exists()
        assert f"\n!{path.removesuffix('/')}\n" in ignored, path


def test_the_proxy_that_the_portal_believes_is_the_one_that_stands_there() -> None:
    addresses = SERVICES["proxy"]["networks"]["portal"]
    trusted = SERVICES["web"]["environment"]["TRUSTED_PROXIES"].split(",")
    assert trusted[:2] == [f"{addresses['ipv4_address']}/32", f"{addresses['ipv6_address']}/128"]


def test_docker_gives_nobody_an_address_that_is_fixed() -> None:
    addresses = SERVICES["proxy"]["networks"]["portal"]
    fixed = {ip_address(addresses["ipv4_address"]), ip_address(addresses["ipv6_address"])}
    for pool in COMPOSE["networks"]["portal"]["ipam"]["config"]:
        subnet, dynamic = ip_network(pool["subnet"]), ip_network(pool["ip_range"])
        assert dynamic != subnet
        assert subnet.supernet_of(dynamic)  # type: ignore[arg-type]
        here = {address for address in fixed | {ip_address(pool["gateway"])} if address in subnet}
        assert len(here) == 2
        assert not [address for address in here if address in dynamic]


@pytest.mark.parametrize("name", POSTGRESQL)
def test_postgresql_is_ready_when_it_answers_by_tcp(name: str) -> None:
    """A first start's temporary server listens on its socket only, and is gone a moment later."""
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[:4] == ["CMD", "pg_isready", "--host", "127.0.0.1"]


def test_every_file_of_the_image_can_be_read_whatever_the_checkout_s_umask() -> None:
    assert re.findall(r"chmod -R a\+rX (\S+)$", DOCKERFILE, re.MULTILINE) == [".", "sandbox"]
    last_stages = DOCKERFILE.split(" AS base\n")[1].split("FROM ")
    for stage in last_stages:
        if not stage.startswith("build AS"):
            assert re.findall(r"^COPY (?!--from=)", stage, re.MULTILINE) == []


def test_each_image_of_others_has_a_stand_in_for_make_containers() -> None:
    machine = (ROOT / "infra" / "engine" / "machine.py").read_text(encoding="utf-8")
    others = {about["image"] for about in SERVICES.values() if not about["image"].startswith("genkan")}
    others |= set(re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE))
    assert [image for image in others if f'"{image}"' not in machine] == []
