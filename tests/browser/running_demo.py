"""A demo as `make demo` runs it, read by its output as a person would; nothing of it is left afterwards."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sandbox.services.places import place_for, unprivileged_account
from tests.processes import assert_all_gone

PROJECT: Final = Path(__file__).resolve().parent.parent.parent


class Demo:
    """One run on the data in ``data``; it takes ``port`` and the next two.

    ``site`` is the portal's address, ``output`` what it has printed so far.
    """

    def __init__(self, data: Path, *, port: int, options: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", "sandbox.demo", "--data", str(data), "--port", str(port), *options]
        self._process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self.site = self._wait_until_it_runs()

    def _wait_until_it_runs(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line
            if "Ctrl-C" in line:
                return str(re.findall(r"Genkan: (http://\S+)", self.output)[0])
        self._process.wait()
        raise AssertionError(f"The demo has ended:\n{self.output}")

    def descendants(self) -> set[int]:
        """The process ids of all its programs, and its own."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except FileNotFoundError:
                continue
        pids = {self._process.pid}
        while more := {child for child, parent in parents.items() if parent in pids} - pids:
            pids |= more
        return pids

    def named(self, part: str) -> int:
        """The process id of the program that has ``part`` in its command line."""
        for pid in sorted(self.descendants()):
            if part in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return pid
        raise AssertionError(f"{part} does not run")

    def end(self, number: signal.Signals | None = None) -> int:
        """Its exit status, after everything that it still had to say. None: it ends by itself."""
        if number:
            self._process.send_signal(number)
        self.output += self._process.communicate(timeout=60)[0]
        return self._process.returncode


@contextmanager
def demo_directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
        # As root, PostgreSQL's data are elsewhere.
        shutil.rmtree(place_for(Path(name) / "postgresql", unprivileged_account()), ignore_errors=True)


@contextmanager
def running_demo(*, port: int) -> Iterator[str]:
    """The address of a demo where nobody has done anything yet. It ends by Ctrl-C, and must end well."""
    with demo_directory() as data:
        demo = Demo(data, port=port)
        pids = demo.descendants()
        try:
            yield demo.site
        finally:
            status = demo.end(signal.SIGINT)
        assert status == 0, demo.output
        assert_all_gone(pids)
