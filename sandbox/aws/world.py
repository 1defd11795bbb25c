"""The state of the sandbox's Client VPN, by account and region, behind one lock."""

import copy
import itertools
import threading
from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from sandbox.aws.cloudformation.records import ChangeSet, Stack
from sandbox.aws.metrics import MetricHistory, MetricOverride
from sandbox.aws.pace import FAST, Clock, Pace
from sandbox.aws.policy_targets import Evaluation
from sandbox.aws.principals import Principal
from sandbox.aws.records import Caller, Delivery, Endpoint, LogSwitches
from sandbox.aws.trail import Trail
from sandbox.aws.tunnels import Tunnel

# Any number: what matters is that each run has the same late and broken lines.
LUCK: Final = 5
MOST_EVALUATIONS: Final = 20_000


@dataclass
class Region:
    """One account's Client VPN in one region; ``answers`` remembers ClientTokens, ``outbox`` is a heap."""

    account: str
    name: str
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    tunnels: dict[str, list[Tunnel]] = field(default_factory=dict)
    metrics: dict[str, MetricHistory] = field(default_factory=dict)
    outbox: list[Delivery] = field(default_factory=list)
    # What was raised or changed of Service Quotas by code, and of the price list by usage type
    quotas: dict[str, float] = field(default_factory=dict)
    prices: dict[str, str] = field(default_factory=dict)
    trail: Trail = field(default_factory=Trail)
    stacks: dict[str, Stack] = field(default_factory=dict)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)

    def history(self, resource: str) -> MetricHistory:
        """What CloudWatch counts of an endpoint, or of a tunnel (``vpn-…/`` and its outside address)."""
        return self.metrics.setdefault(resource, MetricHistory())


class World:
    """Hold ``lock`` around everything; moto serves each request on its own thread."""

    def __init__(self) -> None:
        # Reentrant: what the control API calls with the lock held takes it again.
        self.lock = threading.RLock()
        self.clock = Clock()
        self.pace: Pace = FAST
        self.associations_to_fail = 0
        self.saml_usernames = True
        # Who the access keys are that the control API gave out; in seconds, None: as the pace has it.
        self.principals: dict[str, Principal] = {}
        self.trail_delay: float | None = None
        self.iam_enforced = False
        # The newest: a demo runs all day.
        self.evaluations: deque[Evaluation] = deque(maxlen=MOST_EVALUATIONS)
        self.log = LogSwitches()
        # What goes wrong in the client connect handler (sandbox.aws.connect_handler.FAULTS), and the version of AWS's
        # client that was rolled out to a kind of device.
        self.handler_fault = ""
        self.client_versions: dict[str, str] = {}
        self.handler_random = Random(LUCK)  # noqa: S311  # its own, so that it changes nothing of the other's luck
        self.metric_overrides: list[MetricOverride] = []
        # Seconds from the end of a point's time until CloudWatch has it; AWS documents none.
        self.metric_delay = 0.0
        self.random = Random(LUCK)  # noqa: S311  # a game, and the same one in every run
        self._regions: dict[tuple[str, str], Region] = {}
        self._kept: dict[tuple[str, str], Region] = {}
        self._numbers = itertools.count(1)

    def region(self, account: str, name: str) -> Region:
        return self._regions.setdefault((account, name), Region(account, name))

    def regions(self) -> list[Region]:
        return list(self._regions.values())

    def next_number(self) -> int:
        """Creation order, which the Describe actions list by and page tokens remember."""
        return next(self._numbers)

    def client_version(self, caller: Caller) -> str:
        """What was rolled out to such devices, or what this one has; other OpenVPN clients stay as they are."""
        rolled_out = self.client_versions.get(caller.device_type, caller.client_version)
        return rolled_out if caller.client_version else ""

    def keep(self) -> None:
        """Remember every account's Client VPN as it is now, in place of what was kept before."""
        self._kept = copy.deepcopy(self._regions)

    def put_back(self) -> None:
        """As it was when it was kept. The clock goes on, and log lines that were delivered stay."""
        self._regions = copy.deepcopy(self._kept)

    def reset(self) -> None:
        with self.lock:
            self._regions.clear()
            self._kept.clear()
            self.associations_to_fail = 0
            self.saml_usernames = True
            self.principals.clear()
            self.trail_delay = None
            self.iam_enforced = False
            self.evaluations.clear()
            self.log = LogSwitches()
            self.handler_fault = ""
            self.client_versions.clear()
            self.handler_random.seed(LUCK)
            self.metric_overrides = []
            self.metric_delay = 0.0
            self.random.seed(LUCK)
            self.clock.reset()


WORLD: Final = World()
