"""``SANDBOX=true python -m sandbox.idp``: a company's sign-in page on loopback."""

import argparse
import os
import signal
import socket
import sys
import threading
from pathlib import Path


def main() -> int:
    arguments = _arguments()
    if os.environ.get("SANDBOX", "").lower() != "true":
        print(
            "The sandbox identity provider only runs with SANDBOX=true in the environment.", file=sys.stderr
        )
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return _serve(arguments, stop)


def _serve(arguments: argparse.Namespace, stop: threading.Event) -> int:
    # The XML security library takes a moment to load, and only somebody who may run this should wait for it.
    from sandbox.idp.server import IdpServer

    server = IdpServer(
        port=arguments.port,
        host=arguments.host,
        listening=None if arguments.fd is None else socket.socket(fileno=arguments.fd),
        directory=arguments.directory,
        public_url=arguments.public_url,
    )
    try:
        server.start()
    except OSError as error:
        address = f"{arguments.host}:{arguments.port}"
        print(f"The sandbox identity provider cannot listen on {address}: {error}", file=sys.stderr)
        return 1
    try:
        print(f"The sandbox identity provider listens on {server.url}", flush=True)
        stop.wait()
    finally:
        server.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.idp", description="A SAML identity provider on loopback."
    )
    parser.add_argument("--port", type=int, default=7000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--fd", type=int, help="a listening socket that was inherited, instead of --port")
    parser.add_argument("--directory", type=Path, help="where its keys are kept")
    parser.add_argument("--public-url", help="the address that browsers use, if it is another one")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
