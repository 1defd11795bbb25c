"""``python -m sandbox.demo.traffic``: the company's people use the VPN while the demo runs.

Like ``sandbox.traffic``, but those whom the browser can sign in as are only where the network page says: they have a
past, and no computer beside that browser. And a past that the portal knows from an earlier run isn't played again.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import inf
from typing import Final

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import DIRECTORY_USERS, OSAKA, PEOPLE, TOKYO
from sandbox.traffic.model import SATURDAY, TOKYO_TIME, Planned, plan
from sandbox.traffic.people import people
from sandbox.traffic.player import EndpointLocation, Player, Tempo, split

DAY: Final = 24 * 3600.0
# All of them play the same plan in every run.
USERS, SEED, DAYS = 60, 7, 7.0
# A working day takes half an hour, and the night 3 minutes.
SPEED: Final = 20.0
# Office hours of Asia/Tokyo, in which somebody who starts the demo sees people connected.
BUSY: Final = range(9, 18)
MORNING: Final = time(10, tzinfo=TOKYO_TIME)
IN_THE_BROWSER: Final = frozenset(person.email for person in PEOPLE)


@dataclass(frozen=True)
class Past:
    """``happened`` since the last run; ``back`` is the connections that are made now, and go on."""

    happened: list[Planned]
    back: list[Planned]


def main() -> int:
    arguments = _arguments()
    if os.environ.get("SANDBOX", "").lower() != "true":
        print("The demo's traffic only runs with SANDBOX=true in the environment.", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        _run(Control(arguments.url), arguments.days, stop)
    except (OSError, SandboxError) as error:
        print(f"The sandbox AWS at {arguments.url} does not play along: {error}", file=sys.stderr)
        return 1
    return 0


def _run(control: Control, days: float, stop: threading.Event) -> None:
    player = Player(
        control,
        {
            place.label: EndpointLocation(place.account, place.region, seeded_endpoint_id(place))
            for place in (TOKYO, OSAKA)
        },
    )
    names = dict(DIRECTORY_USERS)
    everybody = [user.username for user in people(USERS, SEED)]
    control.set_directory(
        users=[(email, names.get(email, _name(email))) for email in dict.fromkeys([*names, *everybody])]
    )
    now = control.now()
    busy = next_busy_moment(now)
    planned, future = split(plan(count=USERS, seed=SEED, begin=now - DAYS * DAY), busy)
    past = past_actions(planned, since=now - min(days, DAYS) * DAY, now=now, busy=busy)
    player.backfill(past.happened)
    for action in past.back:
        player.act(action)
    print(f"{USERS} people use the VPN; {len(player.open)} are connected", flush=True)
    others = (action for action in future if action.username not in IN_THE_BROWSER)
    player.play(others, begin=busy, tempo=Tempo(SPEED), stop=stop)


def _name(email: str) -> str:
    """``I. Kim`` for i.kim@example.co.jp."""
    given, _, family = email.partition("@")[0].partition(".")
    return f"{given.upper()}. {family.rstrip('0123456789').title()}"


def next_busy_moment(now: float) -> float:
    """Now in office hours, else the next working morning: nobody wants to watch people sleep."""
    there = datetime.fromtimestamp(now, TOKYO_TIME)
    if there.weekday() < SATURDAY and there.hour in BUSY:
        return now
    morning = datetime.combine(there, MORNING)
    while morning <= there or morning.weekday() >= SATURDAY:
        morning += timedelta(days=1)
    return morning.timestamp()


def past_actions(planned: Sequence[Planned], *, since: float, now: float, busy: float) -> Past:
    """Split the plan until ``busy`` into what has happened by ``now`` and who is connected from now on."""
    begun = {action.key: action.at for action in reversed(planned)}
    ends = {action.key: action.at for action in planned if action.do in {"disconnect", "fail"}}

    def goes_on(action: Planned) -> bool:
        return action.key not in ends and action.username not in IN_THE_BROWSER

    happened = [
        action
        for action in planned
        if since <= begun[action.key] and action.at <= now
        if goes_on(action) or ends.get(action.key, inf) <= now
    ]
    here = {action.key for action in happened if action.do == "connect"}
    # Of the last day only: the endpoint's session timeout has ended older ones.
    connects = (action for action in planned if action.do == "connect" and action.at > busy - DAY)
    return Past(happened, [action for action in connects if goes_on(action) and action.key not in here])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo.traffic", description="People on the VPN.")
    parser.add_argument("--url", required=True, help="the sandbox AWS")
    parser.add_argument("--days", type=float, default=DAYS, help=f"how much past; {DAYS:.0f} at most")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
