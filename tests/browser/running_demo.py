"""A demo with fresh data, as `make demo` runs it; nothing of it is left afterwards."""

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

PROJECT: Final = Path(__file__).resolve().parent.parent.parent


@contextmanager
def running_demo(*, port: int, options: Sequence[str] = ()) -> Iterator[str]:
    """The address of a demo where nobody has done anything yet; it takes ``port`` and the next two."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        command = [sys.executable, "-m", "sandbox.demo", "--data", name, "--port", str(port), *options]
        with subprocess.Popen(
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            found = re.search(r"Genkan: (http://\S+)", said)
            try:
                assert found, said
                yield found[1]
            finally:
                process.send_signal(signal.SIGINT)
                process.stdout.read()
        # As root, PostgreSQL's data are elsewhere.
        shutil.rmtree(place_for(data / "postgresql", unprivileged_account()), ignore_errors=True)
