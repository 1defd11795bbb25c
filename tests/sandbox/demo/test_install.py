"""The virtual environment of `make demo` and `make test`."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Protocol

import pytest

from sandbox.demo import install

pytestmark = pytest.mark.demo
ROOT = Path(__file__).resolve().parents[3]
OTHER_HASH = "0" * 64


class Install(Protocol):
    def __call__(self, text: str, *options: str) -> tuple[int, str]: ...


def make_wheel(folder: Path, name: str) -> str:
    """A package with nothing in it; returns the requirement that pins this very file."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return f"./{wheel.name} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}  # ==\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nothing is installed at first. Making a virtual environment takes seconds: the tests share one."""
    return tmp_path_factory.mktemp("install")


@pytest.fixture
def run(folder: Path) -> Install:
    """The program as the Makefile starts it, on requirements with this text."""

    def run(text: str, *options: str) -> tuple[int, str]:
        requirements = folder / "requirements.txt"
        requirements.write_text(text)
        command = [sys.executable, install.__file__, *options, str(requirements)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
        return done.returncode, done.stdout + done.stderr

    return run


def test_it_installs_once_and_again_only_when_the_requirements_change(run: Install, folder: Path) -> None:
    first, second = make_wheel(folder, "first"), make_wheel(folder, "second")
    status, output = run(first)
    assert status == 0
    assert "Creating .venv" in output
    assert "Installing 1 Python packages" in output
    assert (folder / ".venv" / "bin" / "python").exists()
    assert run(first) == (0, "")
    status, output = run(first + second)
    assert status == 0
    assert "Creating" not in output
    assert "Installing 2 Python packages" in output
    assert list((folder / ".venv" / "lib").glob("python3.*/site-packages/second-1.0.dist-info"))


def test_a_file_with_another_hash_or_none_is_not_installed(run: Install, folder: Path) -> None:
    requirement, _, digest = make_wheel(folder, "forged").removesuffix("  # ==\n").partition(":")
    status, output = run(f"{requirement}:{OTHER_HASH}\n")
    assert status == 1
    assert digest in output
    status, output = run("./forged-1.0-py3-none-any.whl\n")
    assert status == 1
    assert "--require-hashes" in output
    assert not list((folder / ".venv" / "lib").glob("python3.*/site-packages/forged*"))


def test_a_failure_ends_with_pips_words_and_is_tried_again(run: Install) -> None:
    for _ in range(2):
        status, output = run("./nowhere\n")
        assert status == 1
        assert "nowhere" in output
        assert "pip could not install what" in output


def test_a_virtual_environment_whose_python_has_gone_is_made_anew(run: Install, folder: Path) -> None:
    assert run("")[0] == 0
    python = folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    status, output = run("")
    assert status == 0
    assert "Creating .venv" in output


def test_only_who_names_a_python_gets_another_environment_for_it(run: Install, folder: Path) -> None:
    assert run("")[0] == 0
    assert run("", "--this-python") == (0, "")
    # What a newer Python would answer when it is asked for its version.
    python = folder / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text('#!/bin/sh\ncase "$2" in *">="*) exit 0 ;; esac\nexit 1\n')
    python.chmod(0o755)
    assert run("") == (0, "")
    status, output = run("", "--this-python")
    assert status == 0
    assert "Creating .venv" in output


@pytest.fixture
def only_sh(tmp_path: Path) -> Path:
    """A directory for PATH with no Python in it."""
    for name in ("sh", "make", "sed"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    return tmp_path


def find_python(path: Path) -> str:
    command = ["sh", ".ci/find-python"]
    return subprocess.run(
        command, cwd=ROOT, env={"PATH": str(path)}, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("name", ["python3.11", "python3.12", "python3.13", "python3.14", "python3"])
def test_make_finds_any_python_that_will_do(only_sh: Path, name: str) -> None:
    (only_sh / name).symlink_to(sys.executable)
    assert find_python(only_sh) == f"{name}\n"


def test_make_passes_over_a_python_that_does_not_run_or_is_too_old(only_sh: Path) -> None:
    for name in ("python3.11", "python3.12"):
        (only_sh / name).write_text("#!/bin/sh\nexit 127\n")
        (only_sh / name).chmod(0o755)
    (only_sh / "python3.13").symlink_to(sys.executable)
    assert find_python(only_sh) == "python3.13\n"


def test_make_says_in_both_languages_that_there_is_no_python(only_sh: Path) -> None:
    command = ["make", "--no-print-directory", "install-sandbox"]
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHON", "MAKEFLAGS"}}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, "PATH": str(only_sh)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "Python 3.11〜3.14が見つかりません" in done.stderr
    assert "There is no Python 3.11 to 3.14 here" in done.stderr
