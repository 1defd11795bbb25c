"""What people plan to do with the VPN: an endless stream of actions in order of time, the same for the same seed.

Each person's day is drawn by itself, so a plan that begins later agrees with one that began earlier.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from sandbox.traffic.devices import NEWEST_CLIENT, Device, device_of_session
from sandbox.traffic.people import User, on_the_way, people

TOKYO_TIME: Final = ZoneInfo("Asia/Tokyo")
COUNT_SECONDS: Final = 300
LUNCH: Final = 0.75
SATURDAY: Final = 5
# A session that nobody ends is counted for so long; the endpoint's session timeout ends it.
FORGOTTEN_SECONDS: Final = 26 * 3600
# The seed's endpoints have a connect handler and no authorization policy.
REASONS: Final = {
    "sandbox-saml-assertion-invalid": 5,
    "client-connect-failed": 4,
    "client-connect-handler-timed-out": 1,
}
# Chances per attempt, chosen so that failures are seen every day without being the rule.
ABANDONS: Final = 0.03
FAILS: Final = 0.04
SIGNED_IN_ALREADY: Final = 0.4


@dataclass(frozen=True, order=True)
class Planned:
    """One action. ``do`` is ``wait``, ``fail``, ``connect``, ``count``, ``device`` or ``disconnect``.

    ``key`` is the session; ``device`` changes its tokens. ``groups`` and ``tokens`` matter where it connects.
    """

    at: float
    key: str
    do: str = field(compare=False)
    label: str = field(compare=False)
    username: str = field(compare=False)
    device_ip: str = field(compare=False)
    device_type: str = field(compare=False)
    reason: str = field(default="", compare=False)
    counters: dict[str, int] = field(default_factory=dict, compare=False)
    client_version: str = field(default=NEWEST_CLIENT, compare=False)
    groups: tuple[str, ...] = field(default=(), compare=False)
    tokens: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Session:
    """A device at an address on an endpoint; what it does is made by ``_actions``."""

    user: User
    key: str
    label: str
    device_type: str
    device_ip: str

    @cached_property
    def device(self) -> Device:
        return device_of_session(self.user.username, self.device_type, self.key)

    def plans(
        self,
        at: float,
        do: str,
        *,
        reason: str = "",
        counters: dict[str, int] | None = None,
        tokens: dict[str, Any] | None = None,
    ) -> Planned:
        """With all that connecting needs, whatever it does: a session that AWS has ended connects again."""
        return Planned(
            at,
            self.key,
            do,
            self.label,
            self.user.username,
            self.device_ip,
            self.device_type,
            reason,
            counters or {},
            self.device.client_version,
            self.user.groups,
            self.device.tokens if tokens is None else tokens,
        )


def plan(*, count: int, seed: int, begin: float) -> Iterator[Planned]:
    """All that ``count`` people do from ``begin`` on; who connected before that isn't in it."""
    users = people(count, seed)
    # One day earlier, to know which sessions began before ``begin``: what is left of those isn't in the plan.
    day = datetime.fromtimestamp(begin, TOKYO_TIME).date() - timedelta(days=1)
    ahead: list[Planned] = []
    late: set[str] = set()
    while True:
        midnight = datetime.combine(day, time(), TOKYO_TIME)
        for user in users:
            for action in plan_day(user, midnight, seed):
                heapq.heappush(ahead, action)
        day += timedelta(days=1)
        following = datetime.combine(day, time(), TOKYO_TIME).timestamp()
        while ahead and ahead[0].at < following:
            action = heapq.heappop(ahead)
            if action.at < begin:
                late.add(action.key)
            elif action.key not in late:
                yield action


def plan_day(user: User, midnight: datetime, seed: int) -> Iterator[Planned]:
    """Every action of the sessions that ``user`` begins on one day, not in order of time."""
    random = Random(f"{seed}/{user.username}/{midnight.date()}")  # noqa: S311  # the same for the same seed
    number = 0
    for begin, hours in _sittings(user, midnight, random):
        for device in _devices(user, random):
            key = f"{user.username}/{midnight.date()}/{number}"
            # Room for the sessions of one sitting, which count on from here after each drop of the line.
            number += 100
            yield from _sitting(user, key, device, midnight + timedelta(hours=begin), hours, random)


def _sittings(user: User, midnight: datetime, random: Random) -> list[tuple[float, float]]:
    """(hour, hours) of the times at the desk: the day in pieces around lunch, and perhaps the evening."""
    habits, sittings = user.habits, []
    works = habits.weekends if midnight.weekday() >= SATURDAY else habits.weekdays
    if random.random() < works:
        begin = habits.begins + random.gauss(0, 0.25)
        piece = habits.hours / habits.sittings
        for _ in range(habits.sittings):
            sittings.append((begin, piece * random.uniform(0.6, 0.98)))
            begin += piece + (LUNCH if begin < 12 <= begin + piece else 0)
    if random.random() < habits.evenings:
        sittings.append((random.uniform(20, 23.2), random.uniform(0.2, 2.2)))
    return sittings


def _devices(user: User, random: Random) -> list[str]:
    first, *others = user.devices
    return [first, *(device for device in others if random.random() < user.habits.second_device)]


def _sitting(
    user: User, key: str, device: str, begin: datetime, hours: float, random: Random
) -> Iterator[Planned]:
    """One sitting: a session, and after each drop of the line another one, perhaps from elsewhere."""
    at, leaves = begin.timestamp() + random.uniform(0, 60), begin.timestamp() + hours * 3600
    label = user.labels[-1] if random.random() < 0.15 else user.labels[0]
    address, part = user.home if random.random() < 0.9 else on_the_way(random), 0
    head, _, number = key.rpartition("/")
    while at < leaves:
        drop = at + random.expovariate(user.habits.drops_per_hour / 3600)
        session = Session(user, f"{head}/{int(number) + part}", label, device, address)
        yield from _actions(session, at, min(drop, leaves), random)
        at, part = drop + random.uniform(5, 90), part + 1
        if random.random() < 0.2:
            address = on_the_way(random)


def _actions(session: Session, begin: float, end: float, random: Random) -> Iterator[Planned]:
    """Sign-in, which may take some attempts, then traffic until the end, which may be forgotten."""
    at, tries = begin, 0
    while random.random() < ABANDONS + FAILS:
        tries += 1
        yield from _missed(session, tries, at, random)
        at += random.uniform(20, 120)
    yield session.plans(at, "wait")
    at += random.uniform(1, 3) if random.random() < SIGNED_IN_ALREADY else random.uniform(6, 45)
    yield session.plans(at, "connect")
    later = session.device.later
    if later is not None and end - at > 2 * COUNT_SECONDS:
        yield session.plans((at + end) / 2, "device", tokens=later)
    if random.random() < session.user.habits.forgets:
        yield from _traffic(session, at, at + FORGOTTEN_SECONDS, random, idle=True)
    else:
        end = max(end, at + 5)
        yield from _traffic(session, at, end, random)
        yield session.plans(
            end, "disconnect", counters=_counters(session, (end - at) % COUNT_SECONDS, random)
        )


def _missed(session: Session, number: int, at: float, random: Random) -> Iterator[Planned]:
    """An attempt that comes to nothing: the browser page is left open, or AWS says no."""
    attempt = Session(
        session.user,
        f"{session.key}/missed-{number}",
        session.label,
        session.device_type,
        session.device_ip,
    )
    yield attempt.plans(at, "wait")
    if random.random() < FAILS / (ABANDONS + FAILS):
        reason = random.choices(list(REASONS), weights=list(REASONS.values()))[0]
        yield attempt.plans(at + random.uniform(3, 18), "fail", reason=reason)


def _traffic(
    session: Session, begin: float, end: float, random: Random, *, idle: bool = False
) -> Iterator[Planned]:
    at = begin + COUNT_SECONDS
    while at < end:
        seconds = COUNT_SECONDS * (0.02 if idle else 1)
        yield session.plans(at, "count", counters=_counters(session, seconds, random))
        at += COUNT_SECONDS


def _counters(session: Session, seconds: float, random: Random) -> dict[str, int]:
    """Ingress is what the client sends: about a tenth of what it receives."""
    egress = seconds * session.user.habits.bytes_per_second * random.lognormvariate(0, 0.6)
    ingress = egress * random.uniform(0.05, 0.2)
    return {
        "ingress_bytes": int(ingress),
        "egress_bytes": int(egress),
        "ingress_packets": int(ingress / 310) + 1,
        "egress_packets": int(egress / 1080) + 1,
    }
