"""``SANDBOX=true python -m sandbox.traffic``: people who use the VPN of a seeded sandbox AWS, until stopped."""

import argparse
import os
import signal
import sys
import threading
from typing import Final

from sandbox.aws.connection_log import STYLE_NAMES
from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import OSAKA, TOKYO
from sandbox.traffic.model import plan
from sandbox.traffic.player import EndpointLocation, Player, Tempo, split

DAY: Final = 24 * 3600


def main() -> int:
    arguments = _arguments()
    if os.environ.get("SANDBOX", "").lower() != "true":
        print("The sandbox's traffic only runs with SANDBOX=true in the environment.", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        _run(arguments, stop)
    except (OSError, SandboxError) as error:
        print(f"The sandbox AWS at {arguments.url} does not play along: {error}", file=sys.stderr)
        return 1
    return 0


def _run(arguments: argparse.Namespace, stop: threading.Event) -> None:
    control = Control(arguments.url)
    if arguments.disorder:
        control.log_switches(**_disorder(arguments.disorder))
    places = {
        place.label: EndpointLocation(place.account, place.region, seeded_endpoint_id(place))
        for place in (TOKYO, OSAKA)
    }
    player = Player(control, places)
    now = control.now()
    planned = plan(count=arguments.people, seed=arguments.seed, begin=now - arguments.backfill_days * DAY)
    past, future = split(planned, now)
    player.backfill(past)
    print(
        f"Traffic of {arguments.people} people plays on {arguments.url}: "
        f"{len(past)} actions so far, {len(player.open)} connections",
        flush=True,
    )
    player.play(future, begin=now, tempo=Tempo(arguments.speed), stop=stop)


def _disorder(rate: float) -> dict[str, object]:
    names = ("duplicates", "late", "shuffled", "malformed", "unknown_fields")
    return {**dict.fromkeys(names, rate), "styles": STYLE_NAMES}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.traffic", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:5001", help="the sandbox AWS")
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--speed", type=float, default=1.0, help="60: an hour takes a minute")
    parser.add_argument("--seed", type=int, default=7, help="the same seed plans the same")
    parser.add_argument("--backfill-days", type=float, default=7.0, help="the past that the log has at once")
    parser.add_argument(
        "--disorder", type=float, default=0.0, help="rate (0 to 1) of all that can befall the log"
    )
    arguments = parser.parse_args()
    if arguments.people < 1 or arguments.speed <= 0 or arguments.backfill_days < 0:
        parser.error("--people and --speed must be more than 0, and --backfill-days not less")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
