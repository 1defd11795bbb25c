"""``python3 sandbox/demo/install.py requirements-sandbox.txt``: a virtual environment with what the file lists.

Run by the machine's own Python, so it imports nothing that would have to be installed first. Where the file
hasn't changed since the last time, it returns at once.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ENVIRONMENT = Path(".venv")
OLDEST = (3, 11)


class InstallError(Exception):
    """The text says what to do."""


def main(requirements: Path, *, this_python: bool, environment: Path = ENVIRONMENT) -> int:
    """``this_python``: the environment must be of the Python that runs this; otherwise any new enough will do."""
    installed = environment / f"installed-{requirements.name}"
    try:
        if not _is_usable(environment, this_python=this_python):
            _create(environment)
        if not installed.exists() or installed.read_bytes() != requirements.read_bytes():
            _install(environment, requirements)
            installed.write_bytes(requirements.read_bytes())
    except InstallError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _is_usable(environment: Path, *, this_python: bool) -> bool:
    """Not when the Python that it was made of has gone away."""
    if not (environment / "bin" / "pip").exists():
        return False
    wanted = f"== {sys.version_info[:2]}" if this_python else f">= {OLDEST}"
    question = f"import sys; sys.exit(not sys.version_info[:2] {wanted})"
    try:
        return subprocess.run([environment / "bin" / "python", "-c", question], check=False).returncode == 0
    except OSError:
        return False


def _create(environment: Path) -> None:
    version = ".".join(str(part) for part in sys.version_info[:2])
    if sys.version_info[:2] < OLDEST:
        raise InstallError(
            f"これはPython {version}です。Genkanには3.11以降が必要です。\n"
            f"This is Python {version}; Genkan needs 3.11 or newer. Say where it is: make PYTHON=/path/to/python …"
        )
    print(f"Pythonの仮想環境を作っています / Creating {environment} …", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(environment)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise InstallError(
            f"{done.stdout}{done.stderr}\n"
            f"Pythonの仮想環境を作れません。DebianやUbuntuでは：apt-get install python{version}-venv\n"
            f"The virtual environment cannot be made. On Debian and Ubuntu: apt-get install python{version}-venv"
        )


def _install(environment: Path, requirements: Path) -> None:
    total = len([line for line in requirements.read_text().splitlines() if "==" in line])
    shown = f"Pythonパッケージを入れています（初回は1〜2分） / Installing {total} Python packages"
    print(f"{shown} (a minute or two the first time)", flush=True)
    command = [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    # Python compiles what it imports, which is less than all there is, and beside other work.
    command += ["--no-input", "--no-compile", "--progress-bar", "off"]
    # A file that isn't the one whose hash was written down is refused, whoever serves it.
    command += ["--require-hashes", "--requirement", str(requirements)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        lines = list(_counted(iter(pip.stdout or ()), total))
    if pip.returncode:
        output = "".join(lines[-15:])
        raise InstallError(
            f"{output}\npip could not install what {requirements} lists; its last words are above."
        )


def _counted(lines: Iterator[str], total: int) -> Iterator[str]:
    """The same lines, counting on the screen what pip has found so far."""
    counted = 0
    for line in lines:
        # "Ignoring": not for this Python or this system.
        if line.startswith(("Collecting ", "Ignoring ", "Requirement already satisfied")):
            counted = min(counted + 1, total)
            _show(f"  {counted}/{total}")
        if line.startswith("Installing collected packages"):
            _show(f"  {total}/{total}  …\n")
        yield line


def _show(text: str) -> None:
    if sys.stdout.isatty() or text.endswith("\n"):
        print(f"\r{text}", end="", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requirements", type=Path)
    parser.add_argument("--this-python", action="store_true", help="not any other that .venv may be of")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _arguments()
    sys.exit(main(arguments.requirements, this_python=arguments.this_python))
