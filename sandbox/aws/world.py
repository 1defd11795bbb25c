"""All that the sandbox's Client VPN is: per account and region, behind one lock."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.aws.pace import FAST, Clock, Pace
from sandbox.aws.records import Connection, Endpoint
from sandbox.aws.tunnels import Tunnel


@dataclass(frozen=True)
class ConnectionEvent:
    """Something the connection log would tell: ``what`` is ``connected`` or ``ended``."""

    what: str
    account: str
    region: str
    endpoint: Endpoint
    connection: Connection
    at: float


@dataclass
class Region:
    """One account's Client VPN in one region; ``answers`` remembers ClientTokens."""

    account: str
    name: str
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    tunnels: dict[str, list[Tunnel]] = field(default_factory=dict)


class World:
    """Hold ``lock`` around everything; moto serves each request on its own thread."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.pace: Pace = FAST
        self.associations_to_fail = 0
        self.saml_usernames = True
        # A writer of the connection log adds itself here; listeners are called with the lock held.
        self.listeners: list[Callable[[ConnectionEvent], None]] = []
        self._regions: dict[tuple[str, str], Region] = {}
        self._numbers = itertools.count(1)

    def region(self, account: str, name: str) -> Region:
        return self._regions.setdefault((account, name), Region(account, name))

    def regions(self) -> list[Region]:
        return list(self._regions.values())

    def next_number(self) -> int:
        """Creation order, which the Describe actions list by and page tokens remember."""
        return next(self._numbers)

    def tell(self, event: ConnectionEvent) -> None:
        for listener in self.listeners:
            listener(event)

    def reset(self) -> None:
        with self.lock:
            self._regions.clear()
            self.associations_to_fail = 0
            self.saml_usernames = True
            self.clock.reset()


WORLD: Final = World()
