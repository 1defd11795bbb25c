"""The services without containers run what docker-compose.yml runs."""

import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = sorted((ROOT / "infra" / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def read(name: str) -> ConfigParser:
    unit = ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "infra" / "systemd" / f"genkan-{name}.service")
    return unit


def test_there_is_one_for_each_process() -> None:
    assert [path.stem for path in UNITS] == ["genkan-beat", "genkan-web", "genkan-worker"]


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_it_runs_what_the_container_runs(name: str) -> None:
    command = shlex.split(read(name)["Service"]["ExecStart"].replace("--pidfile=", "--pidfile ''"))
    assert [Path(command[0]).name, *command[1:]] == COMPOSE[name]["command"]


def test_only_the_proxy_on_the_machine_reaches_the_web_process() -> None:
    assert "--bind 127.0.0.1:8000" in read("web")["Service"]["ExecStart"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_it_has_as_long_to_end_as_in_a_container(name: str) -> None:
    assert f"{read(name)['Service']['TimeoutStopSec']}s" == COMPOSE[name]["stop_grace_period"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_every_line() -> None:
    result = subprocess.run(
        ["systemd-analyze", "verify", *UNITS], capture_output=True, text=True, check=False
    )
    # What is said of programs that aren't installed here doesn't count.
    assert not [line for line in result.stderr.splitlines() if "Unknown" in line or "Failed to parse" in line]
