"""The virtual environment of `make demo` and `make test`."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.demo import install

pytestmark = pytest.mark.demo
Install = Callable[[str], tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nothing is installed at first. Making a virtual environment takes seconds: the tests share one."""
    return tmp_path_factory.mktemp("install")


@pytest.fixture
def run(folder: Path) -> Install:
    """The program as the Makefile starts it, on requirements with this text."""

    def run(text: str) -> tuple[int, str]:
        requirements = folder / "requirements.txt"
        requirements.write_text(text)
        command = [sys.executable, install.__file__, str(requirements)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
        return done.returncode, done.stdout + done.stderr

    return run


def test_it_installs_once_and_again_only_when_the_requirements_change(run: Install, folder: Path) -> None:
    status, said = run("pip>1 # ==\n")
    assert status == 0
    assert "Creating .venv" in said
    assert "Installing 1 Python packages" in said
    assert (folder / ".venv" / "bin" / "python").exists()
    assert run("pip>1 # ==\n") == (0, "")
    status, said = run("setuptools>1 # ==\n")
    assert status == 0
    assert "Creating" not in said
    assert "Installing 1 Python packages" in said


def test_a_failure_ends_with_pips_words_and_is_tried_again(run: Install) -> None:
    for _ in range(2):
        status, said = run("./nowhere\n")
        assert status == 1
        assert "nowhere" in said
        assert "pip could not install what" in said


def test_a_virtual_environment_whose_python_has_gone_is_made_anew(run: Install, folder: Path) -> None:
    assert run("")[0] == 0
    python = folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    status, said = run("")
    assert status == 0
    assert "Creating .venv" in said
