"""``SANDBOX=true python -m sandbox.network --port 8000 --portal 127.0.0.1:8001 …``"""

import argparse
import os
import signal
import socket
import sys
import threading

from sandbox.network.server import NetworkServer


def main() -> int:
    arguments = _arguments()
    if os.environ.get("SANDBOX", "").lower() != "true":
        print("The sandbox network only runs with SANDBOX=true in the environment.", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = NetworkServer(
        portal=arguments.portal,
        aws=arguments.aws,
        identity_provider=arguments.identity_provider,
        port=arguments.port,
        host=arguments.host,
        listening=[socket.socket(fileno=fd) for fd in arguments.fd],
    )
    try:
        server.start()
    except OSError as error:
        print(f"The sandbox network cannot listen on port {arguments.port}: {error}", file=sys.stderr)
        return 1
    print(f"The sandbox network listens on {server.url}", flush=True)
    stop.wait()
    server.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.network", description=sys.modules[__name__].__doc__
    )
    parser.add_argument("--port", type=int, default=8000, help="where browsers come; 0 takes a free port")
    parser.add_argument("--host", default="127.0.0.1", help="in a container: 0.0.0.0")
    parser.add_argument(
        "--fd",
        type=int,
        action="append",
        default=[],
        help="listening sockets that were inherited, instead of --port",
    )
    parser.add_argument("--portal", required=True, help="host:port of gunicorn")
    parser.add_argument("--aws", required=True, help="URL of the sandbox AWS")
    parser.add_argument("--identity-provider", required=True, help="URL of the identity provider's page")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
