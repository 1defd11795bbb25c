"""The sandbox network as a server on loopback, IPv4 and, where there is any, IPv6: browsers try both."""

import socket
import sys
import threading
from contextlib import ExitStack
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from sandbox.network.choice import Choice
from sandbox.network.faults.breaking import Breaking
from sandbox.network.pages import Pages
from sandbox.network.proxy import Handler

IPV4, IPV6 = "127.0.0.1", "::1"
BACKLOG: Final = 128


class NetworkServer:
    """``portal`` is gunicorn's ``host:port``; ``aws`` and ``identity_provider`` are URLs.

    ``host`` is another than loopback in a container alone, whose ports are published on loopback.
    """

    def __init__(
        self, *, portal: str, aws: str, identity_provider: str, port: int = 0, host: str = IPV4
    ) -> None:
        self.portal = portal
        self.host = host
        self.choice = Choice(aws)
        self.pages = Pages(
            self.choice,
            Breaking(aws=aws, identity_provider=identity_provider),
            aws=f"{aws}/sandbox/connections",
            identity_provider=identity_provider,
        )
        self.port = port
        self._listeners: list[Listener] = []
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> Self:
        handler = type("ConnectedHandler", (Handler,), {"context": self})
        with ExitStack() as unless_both:
            self._listeners = [unless_both.enter_context(Listener((self.host, self.port), handler))]
            self.port = int(self._listeners[0].server_address[1])
            if self.host == IPV4 and _has_ipv6():
                self._listeners.append(Listener6((IPV6, self.port), handler))
            unless_both.pop_all()
        for listener in self._listeners:
            thread = threading.Thread(target=listener.serve_forever, args=(0.05,), name="sandbox-network")
            thread.start()
            self._threads.append(thread)
        return self

    def stop(self) -> None:
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()
        for thread in self._threads:
            thread.join()
        self._listeners, self._threads = [], []
        self.choice.leave()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = BACKLOG

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that has gone is none of our business."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Listener6(Listener):
    address_family = socket.AF_INET6


def _has_ipv6() -> bool:
    try:
        with socket.create_server((IPV6, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
