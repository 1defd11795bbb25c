"""``python -m sandbox.demo.traffic``: the company's people use the VPN while the demo runs.

Like ``sandbox.traffic``, but those whom the browser can sign in as are only where the network page says: they have a
past, and no computer beside that browser. And a past that the portal knows from an earlier run isn't played again.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import OSAKA, PEOPLE, TOKYO
from sandbox.traffic.model import Planned, plan
from sandbox.traffic.player import Place, Player, Tempo, split

DAY: Final = 24 * 3600.0
# All of them play the same plan in every run.
USERS, SEED, DAYS = 60, 7, 7.0
# A working day takes 40 minutes, and the night 3: whenever the demo starts, it is soon alive.
SPEED: Final = 20.0
IN_THE_BROWSER: Final = frozenset(person.email for person in PEOPLE)


@dataclass(frozen=True)
class Past:
    """``happened`` since the last run; ``back`` are those who were connected then, and connect again now."""

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
            place.label: Place(place.account, place.region, seeded_endpoint_id(place))
            for place in (TOKYO, OSAKA)
        },
    )
    now = control.now()
    planned, future = split(plan(count=USERS, seed=SEED, begin=now - DAYS * DAY), now)
    past = past_of(planned, since=now - min(days, DAYS) * DAY, now=now)
    player.backfill(past.happened)
    for action in past.back:
        player.act(action)
    print(f"{USERS} people use the VPN; {len(player.open)} are connected", flush=True)
    others = (action for action in future if action.username not in IN_THE_BROWSER)
    player.play(others, begin=now, tempo=Tempo(SPEED), stop=stop)


def past_of(planned: Sequence[Planned], *, since: float, now: float) -> Past:
    begun = _begun(planned)
    over = {action.key for action in planned if action.do in {"disconnect", "fail"}}
    here = [action for action in planned if action.key in over or action.username not in IN_THE_BROWSER]
    return Past(
        happened=[action for action in here if begun[action.key] >= since],
        back=[
            action
            for action in here
            if action.do == "connect" and action.key not in over and now - DAY < action.at
            if begun[action.key] < since
        ],
    )


def _begun(actions: Iterable[Planned]) -> dict[str, float]:
    begun: dict[str, float] = {}
    for action in actions:
        begun.setdefault(action.key, action.at)
    return begun


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo.traffic", description="People on the VPN.")
    parser.add_argument("--url", required=True, help="the sandbox AWS")
    parser.add_argument("--days", type=float, default=DAYS, help=f"how much past; {DAYS:.0f} at most")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
