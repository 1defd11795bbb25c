"""A sandbox AWS in which the seed architecture stands, at the same address again and again.

Building the architecture takes more than a second, a fork of the process in which it has been built some milliseconds:
so each fresh AWS is a fork. It is a process of its own also because moto's state is one per process, and the sandbox's
own tests have one in pytest's.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from sandbox.aws.seed import Architecture, seed


class SeededAws:
    """``with SeededAws() as aws: aws.fresh()``; ``url`` is the sandbox's, ``architecture`` what is built there."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.seeded_aws"],
            env={**os.environ, "SANDBOX": "true"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._answer()
        # Nothing is missing there: this only reads.
        self.architecture: Architecture = seed(self.url)
        return self

    def fresh(self) -> None:
        """As it was built, whatever anybody has done to it since."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._answer()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        assert answer, "the sandbox AWS has ended"
        return answer


def main() -> None:
    # Moto takes seconds to import: only the server needs it.
    from sandbox.aws.server import AwsServer

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = AwsServer().start()
        seed(server.url)
        gc.freeze()
        child = _fork(server.application, listening)
        for _ in sys.stdin:
            _kill(child)
            child = _fork(server.application, listening)
        _kill(child)
        server.stop()


def _fork(application: Any, listening: socket.socket) -> int:
    """Its process id. Requests that come before it serves wait in the socket that all of them share."""
    from werkzeug.serving import make_server

    from sandbox.aws.moto_adapter import QuietMotoRequestHandler

    host, port = listening.getsockname()
    child = os.fork()
    if not child:
        make_server(
            host,
            port,
            application,
            threaded=True,
            request_handler=QuietMotoRequestHandler,
            fd=listening.fileno(),
        ).serve_forever()
        os._exit(1)
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    return child


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
