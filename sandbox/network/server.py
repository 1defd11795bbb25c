"""The sandbox network as a server on loopback, IPv4 and, where there is any, IPv6: browsers try both."""

import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from sandbox.network.browser_location import BrowserLocation
from sandbox.network.faults.fault_switch import FaultSwitch
from sandbox.network.pages import Pages
from sandbox.network.proxy import Handler

IPV4, IPV6 = "127.0.0.1", "::1"
BACKLOG: Final = 128


class NetworkServer:
    """``portal`` is gunicorn's ``host:port``; ``aws`` and ``identity_provider`` are URLs.

    ``host`` is another than loopback in a container alone, whose ports are published on loopback.
    ``listening`` are sockets that listen already, all on one port, instead of ``host`` and ``port``.
    """

    def __init__(
        self,
        *,
        portal: str,
        aws: str,
        identity_provider: str,
        port: int = 0,
        host: str = IPV4,
        listening: Sequence[socket.socket] = (),
    ) -> None:
        self.portal = portal
        self.host = host
        self.location = BrowserLocation(aws)
        self.pages = Pages(
            self.location,
            FaultSwitch(aws=aws, identity_provider=identity_provider),
            aws=f"{aws}/sandbox/connections",
            identity_provider=identity_provider,
        )
        self.port = port
        self._listening = listening
        self._listeners: list[Listener] = []
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> Self:
        handler = type("ConnectedHandler", (Handler,), {"context": self})
        sockets = self._listening or _listen(self.host, self.port)
        self.port = int(sockets[0].getsockname()[1])
        self._listeners = [Listener(sock, handler) for sock in sockets]
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
        self.location.leave()

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

    def __init__(self, listening: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        # The base class makes a socket of its own, which is thrown away for the one that listens already.
        super().__init__(listening.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that has gone is none of our business."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _listen(host: str, port: int) -> list[socket.socket]:
    with ExitStack() as unless_all:
        ipv4 = unless_all.enter_context(socket.create_server((host, port), backlog=BACKLOG))
        sockets = [ipv4]
        if host == IPV4 and _has_ipv6():
            address = (IPV6, ipv4.getsockname()[1])
            sockets.append(socket.create_server(address, family=socket.AF_INET6, backlog=BACKLOG))
        unless_all.pop_all()
    return sockets


def _has_ipv6() -> bool:
    try:
        with socket.create_server((IPV6, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
