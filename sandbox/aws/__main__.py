"""``SANDBOX=true python -m sandbox.aws``: Client VPN on loopback for any boto3 or AWS CLI."""

import argparse
import os
import signal
import socket
import sys
import threading

from sandbox.aws.pace import PACES

RANDOM_SEED = 42


def main() -> int:
    arguments = _arguments()
    if os.environ.get("SANDBOX", "").lower() != "true":
        print("The sandbox AWS only runs with SANDBOX=true in the environment.", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return _serve(arguments, stop)


def _serve(arguments: argparse.Namespace, stop: threading.Event) -> int:
    # Moto takes seconds to import, and only somebody who may run it should wait for that.
    from sandbox.aws import moto_adapter
    from sandbox.aws.seed import seed
    from sandbox.aws.seed_kinds import seed_kinds
    from sandbox.aws.seed_posture import seed_device_posture
    from sandbox.aws.server import AwsServer

    inherited = None if arguments.fd is None else socket.socket(fileno=arguments.fd)
    server = AwsServer(port=arguments.port, host=arguments.host, listening=inherited)
    try:
        server.start()
    except OSError as error:
        print(f"The sandbox AWS cannot listen on {arguments.host}:{arguments.port}: {error}", file=sys.stderr)
        return 1
    try:
        if arguments.seed:
            moto_adapter.seed_random(RANDOM_SEED)
            seed(server.url)
        if arguments.kinds:
            seed_kinds(server.url)
            seed_device_posture(server.url)
        # Only now: nobody wants to wait for a lifelike seed.
        server.pace(PACES[arguments.pace])
        print(f"The sandbox AWS listens on {server.url}", flush=True)
        stop.wait()
    finally:
        server.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.aws", description="AWS with Client VPN on loopback."
    )
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--fd", type=int, help="a listening socket that was inherited, instead of --port")
    parser.add_argument("--pace", choices=sorted(PACES), default="lifelike", help="how long changes take")
    parser.add_argument("--seed", action="store_true", help="build the seed architecture before listening")
    parser.add_argument(
        "--kinds",
        action="store_true",
        help="with --seed, also endpoints of a transit gateway and of dual stack, device posture and policies",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
