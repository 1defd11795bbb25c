"""Plays the plan against a sandbox AWS: the days before now at once, then each action when it is due."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sandbox.aws.connection_log import FAILURE_REASONS, POLICY_DENY
from sandbox.aws.control import Control, SandboxError
from sandbox.traffic.model import SATURDAY, TOKYO_TIME, Planned

# Faster than life, a night would otherwise be minutes in which nothing happens.
QUIET_FACTOR: Final = 10
# No network, no endpoint, no address; a connection or attempt that AWS has forgotten meanwhile.
REFUSALS: Final = frozenset(
    {
        "InvalidClientVpnActiveAssociationNotFound",
        "InvalidClientVpnEndpointId.NotFound",
        "ClientVpnEndpointLimitExceeded",
        "InvalidClientVpnConnection.IdNotFound",
        # Somebody on the deny list, or a handler that fails; their client tries again and again, as AWS's does.
        *(reason for reason in FAILURE_REASONS if reason.startswith("client-connect-")),
        # Somebody whom the endpoint's policy refuses, or has cut off
        POLICY_DENY,
    }
)
AWAKE: Final = range(7, 21)


@dataclass(frozen=True)
class EndpointLocation:
    """Where an endpoint of the plan is in AWS."""

    account: str
    region: str
    endpoint_id: str


class Tempo:
    """How much real time passes between two moments of the plan.

    At speed 1 it is the same; faster, nights and weekends pass ten times as fast again.
    """

    def __init__(self, speed: float) -> None:
        self.speed = speed

    def seconds(self, begin: float, end: float) -> float:
        quiet = self.speed > 1 and _is_quiet(begin)
        return (end - begin) / (self.speed * (QUIET_FACTOR if quiet else 1))


def _is_quiet(moment: float) -> bool:
    there = datetime.fromtimestamp(moment, TOKYO_TIME)
    return there.weekday() >= SATURDAY or there.hour not in AWAKE


@dataclass
class Player:
    """``open`` and ``waiting`` are ids in AWS by the plan's session keys.

    A session that AWS has ended stays wanted: its client connects again when it is next counted, unless an
    administrator terminated it.
    """

    control: Control
    places: dict[str, EndpointLocation]
    open: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)

    def backfill(self, actions: Iterable[Planned]) -> int:
        """Let the past happen; the number of its actions. What is open at its end goes on in ``play``."""
        past: dict[str, list[Planned]] = {label: [] for label in self.places}
        for action in counted_once(actions):
            past[action.label].append(action)
        for label, planned in past.items():
            answer = self.control.replay(
                **asdict(self.places[label]), actions=[_action(action) for action in planned]
            )
            self.open |= answer["open"]
            self.waiting |= answer["waiting"]
        self.wanted |= self.open.keys()
        return sum(len(planned) for planned in past.values())

    def play(self, actions: Iterable[Planned], *, begin: float, tempo: Tempo, stop: threading.Event) -> None:
        """Until the actions end or somebody stops it; ``begin`` is the moment of the plan that is now."""
        due, last = time.monotonic(), begin
        for action in actions:
            due += tempo.seconds(last, action.at)
            last = action.at
            if stop.wait(max(0.0, due - time.monotonic())):
                return
            self.act(action)

    def act(self, action: Planned) -> None:
        """One action now. AWS may refuse it, as when the endpoint has no network: then it doesn't happen."""
        try:
            getattr(self, f"_{action.do}")(action)
        except SandboxError as error:
            if error.code not in REFUSALS:
                raise
            # Forgotten here as it is in AWS; the next count of the session connects anew.
            self.open.pop(action.key, None)
            self.waiting.pop(action.key, None)
            # AWS's client shows why, and waits for the person, who gives up until the next session.
            if error.code == POLICY_DENY:
                self.wanted.discard(action.key)

    def _wait(self, action: Planned) -> None:
        self.waiting[action.key] = self.control.attempt(**self._address(action))["id"]

    def _fail(self, action: Planned) -> None:
        leg = self.waiting.pop(action.key, "")
        device = self._address(action)
        self.control.attempt(**device, username=action.username, failure_reason=action.reason, attempt_id=leg)

    def _connect(self, action: Planned) -> None:
        self.wanted.add(action.key)
        leg = self.waiting.pop(action.key, "")
        connection = self.control.connect(
            **self._address(action),
            username=action.username,
            attempt_id=leg,
            client_version=action.client_version,
            groups=action.groups,
            tokens=action.tokens,
        )
        self.open[action.key] = connection["id"]

    def _device(self, action: Planned) -> None:
        if action.key in self.open:
            self.control.set_device_tokens(self.open[action.key], action.tokens)

    def _count(self, action: Planned) -> None:
        if action.key not in self.wanted:
            return
        if action.key not in self.open:
            self._connect(action)
        known = self.control.count(self.open[action.key], **action.counters)
        if known["ended_by"]:
            del self.open[action.key]
        if known["ended_by"] == "terminated":
            self.wanted.discard(action.key)

    def _disconnect(self, action: Planned) -> None:
        self.wanted.discard(action.key)
        if action.key in self.open:
            self.control.count(self.open[action.key], **action.counters)
            self.control.disconnect(self.open.pop(action.key))

    def _address(self, action: Planned) -> dict[str, Any]:
        device = {"device_ip": action.device_ip, "device_type": action.device_type}
        return {**asdict(self.places[action.label]), **device}


def counted_once(actions: Iterable[Planned]) -> list[Planned]:
    """All of a session's traffic with its first count: in the past only the sum can be seen."""
    counted: dict[str, Planned] = {}
    kept: list[Planned] = []
    for action in actions:
        if action.do != "count":
            kept.append(action)
        elif action.key in counted:
            for name, amount in action.counters.items():
                counted[action.key].counters[name] += amount
        else:
            counted[action.key] = replace(action, counters=dict(action.counters))
            kept.append(counted[action.key])
    return kept


def _action(planned: Planned) -> dict[str, Any]:
    return {key: value for key, value in asdict(planned).items() if key != "label"}


def split(actions: Iterator[Planned], now: float) -> tuple[list[Planned], Iterator[Planned]]:
    """The plan until now, and all that follows."""
    past: list[Planned] = []
    for action in actions:
        if action.at > now:
            return past, _from(action, actions)
        past.append(action)
    return past, iter(())


def _from(first: Planned, others: Iterator[Planned]) -> Iterator[Planned]:
    yield first
    yield from others
