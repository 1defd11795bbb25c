"""``python3.11 sandbox/demo/install.py requirements-sandbox.txt``: a virtual environment with what the file lists.

Run by the machine's own Python, so it imports nothing that would have to be installed first. Where the file
hasn't changed since the last time, it returns at once.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ENVIRONMENT = Path(".venv")
WANTED = (3, 11)


class InstallError(Exception):
    """The text says what to do."""


def main(requirements: Path, environment: Path = ENVIRONMENT) -> int:
    installed = environment / f"installed-{requirements.name}"
    try:
        if not _works(environment):
            _create(environment)
        if not installed.exists() or installed.read_bytes() != requirements.read_bytes():
            _install(environment, requirements)
            installed.write_bytes(requirements.read_bytes())
    except InstallError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _works(environment: Path) -> bool:
    """It breaks when the Python that it was made of goes away."""
    if not (environment / "bin" / "pip").exists():
        return False
    question = f"import sys; sys.exit(sys.version_info[:2] != {WANTED})"
    try:
        return subprocess.run([environment / "bin" / "python", "-c", question], check=False).returncode == 0
    except OSError:
        return False


def _create(environment: Path) -> None:
    if sys.version_info[:2] != WANTED:
        raise InstallError("Genkan needs Python 3.11. Say where it is: make PYTHON=/path/to/python3.11 …")
    print(f"Pythonの仮想環境を作っています / Creating {environment} …", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(environment)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise InstallError(
            f"{done.stdout}{done.stderr}\nThe virtual environment cannot be made. On Debian and Ubuntu:"
            " apt-get install python3.11-venv"
        )


def _install(environment: Path, requirements: Path) -> None:
    total = len([line for line in requirements.read_text().splitlines() if "==" in line])
    shown = f"Pythonパッケージを入れています（初回は1〜2分） / Installing {total} Python packages"
    print(f"{shown} (a minute or two the first time)", flush=True)
    command = [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    # Python compiles what it imports, which is less than all there is, and beside other work.
    command += ["--no-input", "--no-compile", "--progress-bar", "off", "--requirement", str(requirements)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        lines = list(_counted(iter(pip.stdout or ()), total))
    if pip.returncode:
        said = "".join(lines[-15:])
        raise InstallError(
            f"{said}\npip could not install what {requirements} lists; its last words are above."
        )


def _counted(lines: Iterator[str], total: int) -> Iterator[str]:
    """The same lines, counting on the screen what pip has found so far."""
    found = 0
    for line in lines:
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            found = min(found + 1, total)
            _show(f"  {found}/{total}")
        if line.startswith("Installing collected packages"):
            _show(f"  {total}/{total}  …\n")
        yield line


def _show(text: str) -> None:
    if sys.stdout.isatty() or text.endswith("\n"):
        print(f"\r{text}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
