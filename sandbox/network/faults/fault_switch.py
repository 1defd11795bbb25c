"""Turns faults of the sandbox on and off, one change at a time, and lists those that are on."""

import threading

from sandbox.aws.control import Control
from sandbox.network.faults.aws_answers import Associations, AwsAnswers
from sandbox.network.faults.catalogue import OFFERS
from sandbox.network.faults.connect_handler import Clients, ConnectHandler
from sandbox.network.faults.connection_log import LogGroup, LogLines
from sandbox.network.faults.console import Console
from sandbox.network.faults.fault_target import ActiveFault, FaultTarget
from sandbox.network.faults.metrics import Metrics
from sandbox.network.faults.sign_in import SignIn
from sandbox.network.faults.tokyo_network import TokyoNetwork
from sandbox.network.faults.witnesses import Announcements, Certificates, Groups


class FaultSwitch:
    """Raises SandboxError or OSError where the sandbox doesn't do what it should."""

    def __init__(self, *, aws: str, identity_provider: str) -> None:
        control = Control(aws)
        # AWS's answers first: as long as they are broken, the rest can't be mended.
        self._parts: tuple[FaultTarget, ...] = (
            AwsAnswers(control),
            TokyoNetwork(aws, control),
            Associations(control),
            Console(aws, control),
            LogGroup(aws),
            LogLines(control),
            Metrics(control),
            ConnectHandler(control),
            Clients(control),
            Certificates(aws),
            Announcements(aws, control),
            Groups(aws, control),
            SignIn(identity_provider),
        )
        self._lock = threading.Lock()

    def broken(self) -> list[ActiveFault]:
        with self._lock:
            return [broken for part in self._parts for broken in part.broken()]

    def cause(self, offer_id: str) -> None:
        """Turn a fault on; one that is on already stays as it is."""
        offer = OFFERS.get(offer_id)
        with self._lock:
            for part in self._parts:
                if offer in part.offers() and offer not in [broken.offer for broken in part.broken()]:
                    part.cause(offer)

    def mend(self, key: str) -> None:
        """Turn a fault off; one that is off already is left alone."""
        with self._lock:
            for part in self._parts:
                if key in [broken.key for broken in part.broken()]:
                    part.mend(key)
                    return

    def mend_everything(self) -> None:
        with self._lock:
            for part in self._parts:
                for broken in part.broken():
                    part.mend(broken.key)
