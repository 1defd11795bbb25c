"""No test talks to anything beyond this machine."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class BeyondLoopbackError(RuntimeError):
    """No OSError, so that nobody takes it for a network that is down."""


@contextmanager
def only_loopback() -> Iterator[None]:
    """Until it is left, sockets connect to loopback addresses and local sockets only."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    setattr(socket.socket, "connect", _guarded(connect))  # noqa: B010 - mypy refuses the assignment
    setattr(socket.socket, "connect_ex", _guarded(connect_ex))  # noqa: B010
    try:
        yield
    finally:
        setattr(socket.socket, "connect", connect)  # noqa: B010
        setattr(socket.socket, "connect_ex", connect_ex)  # noqa: B010


def _guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
            raise BeyondLoopbackError(f"A test wants to connect to {address[0]}, which is not this machine.")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
