"""The demo's ports: the same each time, unless somebody else has them, and held from the moment they are chosen.

Twenty seconds pass between choosing a port and the start of the last program that listens on one. So the demo listens
at once, and passes the sockets on to the programs.
"""

import errno
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from sandbox.demo.screen import say
from sandbox.services.programs import LOOPBACK, LOOPBACK6, ServiceError

TRIES = 50


@dataclass(frozen=True)
class Sockets:
    """What the demo's programs will listen on; browsers go to all but ``portal``."""

    site: list[socket.socket]
    identity_provider: list[socket.socket]
    aws: list[socket.socket]
    portal: list[socket.socket]

    @classmethod
    def choose(cls, port: int) -> Self:
        site = hold(port, ipv6=True)
        chosen = port_number(site)
        return cls(
            site=site,
            identity_provider=hold(chosen + 1),
            aws=hold(chosen + 2),
            # Nobody types this one, so any port will do.
            portal=[socket.create_server((LOOPBACK, 0))],
        )

    def close(self) -> None:
        """Close the sockets that no program was given."""
        for listening in [*self.site, *self.identity_provider, *self.aws, *self.portal]:
            listening.close()


def hold(wanted: int, *, ipv6: bool = False) -> list[socket.socket]:
    """Listening sockets on ``wanted``, or on the next free port after a sentence that says so.

    The first is IPv4's; with ``ipv6`` there is one of IPv6 too, where the machine has it. From now on nobody else can
    get the port. Whoever connects before a program accepts connections waits for it, instead of being refused.
    """
    for port in range(wanted, min(wanted + TRIES, 65536)):
        sockets = _listen(port)
        if not sockets:
            continue
        if port != wanted:
            say(f"  ポート {wanted} は使用中なので {port} を使います / Port {wanted} is busy: using {port}")
        if not ipv6:
            # It was only there to see that no other program has it: browsers try both.
            for unused in sockets[1:]:
                unused.close()
            del sockets[1:]
        return sockets
    raise ServiceError(f"No port from {wanted} on is free. Give another one: make demo PORT=…")


def port_number(sockets: list[socket.socket]) -> int:
    """The number of the port that all these sockets listen on."""
    return int(sockets[0].getsockname()[1])


def _listen(port: int) -> list[socket.socket]:
    """On IPv4 and, where there is any, on IPv6; nothing if either is taken."""
    with ExitStack() as unless_all:
        sockets = []
        for family, address in ((socket.AF_INET, LOOPBACK), (socket.AF_INET6, LOOPBACK6)):
            try:
                sockets.append(unless_all.enter_context(socket.create_server((address, port), family=family)))
            except PermissionError as error:
                raise ServiceError(
                    f"Port {port} needs root. Give one above 1023: make demo PORT=8000"
                ) from error
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return []
        unless_all.pop_all()
    return sockets
