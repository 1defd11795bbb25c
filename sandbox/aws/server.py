"""The sandbox AWS as a server: real sockets on loopback, one thread a request."""

import socket
import threading
from types import TracebackType
from typing import Final, Self

from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.aws.application import AwsApplication
from sandbox.aws.moto_adapter import QuietMotoRequestHandler
from sandbox.aws.pace import FAST, Pace
from sandbox.aws.world import WORLD

# Moto's backends and WORLD are module globals: two servers would share one AWS.
_RUNNING: Final = threading.Lock()


class AwsServer:
    """``with AwsServer(port=0) as aws: boto3.client("ec2", endpoint_url=aws.url)``.

    ``listening`` is a socket that listens already, instead of ``port``.
    Moto's state is one per process, so only one server runs in a process at a time.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        listening: socket.socket | None = None,
        pace: Pace = FAST,
    ) -> None:
        self._address = (host, port)
        self._listening = listening
        self._pace = pace
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self.application = AwsApplication()

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("The sandbox AWS is not running")
        return f"http://{self._address[0]}:{self._server.port}"

    def start(self) -> Self:
        if not _RUNNING.acquire(blocking=False):
            raise RuntimeError("A sandbox AWS already runs in this process")
        try:
            # Bound here, because Werkzeug ends the program when a port is busy.
            with self._listening or socket.create_server(self._address) as listening:
                self._server = self._make_server(listening)
        except OSError:
            _RUNNING.release()
            raise
        self.application.stopping.clear()
        self.pace(self._pace)
        # Not daemons, so that closing the server waits for the requests it is answering.
        self._server.daemon_threads = False  # type: ignore[attr-defined]
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, kwargs={"poll_interval": 0.05}, name="sandbox-aws")
        self._thread.start()
        return self

    def _make_server(self, listening: socket.socket) -> BaseWSGIServer:
        return make_server(
            *self._address,
            self.application,
            threaded=True,
            request_handler=QuietMotoRequestHandler,
            fd=listening.fileno(),
        )

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        # First, so that answers which a fault holds back don't hold back the shutdown.
        self.application.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None
        self.reset()
        _RUNNING.release()

    def pace(self, pace: Pace) -> None:
        """Set how long changes take from now on."""
        WORLD.pace = pace

    def reset(self) -> None:
        """Empty every account without a restart."""
        self.application.reset()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
