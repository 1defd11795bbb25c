"""Ports that browsers use: the same each time, unless somebody else has them."""

import errno
import socket

from sandbox.demo.screen import say
from sandbox.services.programs import ServiceError

TRIES = 50


def choose(wanted: int, *, taken: set[int]) -> int:
    """``wanted``, or the next free one after a sentence that says so; added to ``taken``."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if port in taken or not _is_free(port):
            continue
        if port != wanted:
            say(f"  ポート {wanted} は使用中なので {port} を使います / Port {wanted} is busy: using {port}")
        taken.add(port)
        return port
    raise ServiceError(f"No port from {wanted} on is free. Give another one: make demo PORT=…")


def _is_free(port: int) -> bool:
    """On IPv4 and, where there is any, on IPv6."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            socket.create_server((address, port), family=family).close()
        except PermissionError as error:
            raise ServiceError(f"Port {port} needs root. Give one above 1023: make demo PORT=8000") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
    return True
