"""The network that the browser is in now: one for everybody who uses this demo, kept in this process only."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import HOME_ADDRESS, PEOPLE, EndpointSeed, Person
from sandbox.network.endpoints import endpoint_id
from sandbox.network.places import HOME, BrowserPlace
from sandbox.traffic.devices import HEALTHY_SCORE, KNOWN_CLIENTS, NEWEST_CLIENT, device_tokens

# How long a connection that AWS has ended goes unnoticed.
STALE_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Location:
    """``client_ip`` is the address inside the VPN; empty without a connection."""

    place: BrowserPlace = HOME
    person: Person = PEOPLE[0]
    connection_id: str = ""
    client_ip: str = ""


class BrowserLocation:
    def __init__(self, aws_url: str) -> None:
        self._aws_url = aws_url
        self._control = Control(aws_url)
        self._now = Location()
        self._checked = 0.0
        self._lock = threading.Lock()

    def now(self) -> Location:
        """Home again, once the VPN connection has been ended by somebody."""
        with self._lock:
            if self._now.connection_id and time.monotonic() - self._checked > STALE_SECONDS:
                self._checked = time.monotonic()
                if not self._is_connected():
                    self._now = Location(HOME, self._now.person)
            return self._now

    def move(self, place: BrowserPlace, person: Person, *, device_type: str = "mac") -> Location:
        """Disconnect, then connect where the place is behind a VPN. SandboxError or OSError: we stay at home."""
        with self._lock:
            self._leave()
            # At home first: if AWS refuses the connection, the browser is where it would really be.
            self._now = Location(HOME if place.vpn else place, person)
            if place.vpn:
                self._now = self._connected(place, person, place.vpn, device_type)
            self._checked = time.monotonic()
            return self._now

    def leave(self) -> None:
        with self._lock:
            self._leave()
            self._now = Location(HOME, self._now.person)

    def _leave(self) -> None:
        # Gone already, or with the whole sandbox.
        with suppress(SandboxError, OSError):
            if self._now.connection_id:
                self._control.disconnect(self._now.connection_id)

    def _connected(
        self, place: BrowserPlace, person: Person, vpn: EndpointSeed, device_type: str
    ) -> Location:
        try:
            made = self._connect(seeded_endpoint_id(vpn), person, vpn, device_type)
        except SandboxError as error:
            # An operation may have replaced the seed's endpoint by another one of the same name.
            if error.code != "InvalidClientVpnEndpointId.NotFound":
                raise
            made = self._connect(endpoint_id(self._aws_url, vpn), person, vpn, device_type)
        return Location(place, person, str(made["id"]), str(made["client_ip"]))

    def _connect(self, endpoint: str, person: Person, vpn: EndpointSeed, device_type: str) -> dict[str, Any]:
        return self._control.connect(
            account=vpn.account,
            region=vpn.region,
            endpoint_id=endpoint,
            username=person.email,
            device_ip=HOME_ADDRESS,
            device_type=device_type,
            groups=[group.id for group in person.groups],
            client_version=KNOWN_CLIENTS.get(person.email, NEWEST_CLIENT),
            # Whoever plays here has a device that every endpoint takes, whatever the browser runs on.
            tokens=device_tokens("mac", HEALTHY_SCORE),
        )

    def _is_connected(self) -> bool:
        try:
            connections = self._control.connections()
        except OSError:
            return True  # nobody to ask
        return any(
            connection["id"] == self._now.connection_id and connection["status"] == "active"
            for connection in connections
        )
