"""A name with several addresses: all of them must be allowed, and one that works is enough."""

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_django import Settings

from portal.outbound import OutboundError, fetch, post

SERVING, DEAD, ALSO_DEAD = "127.0.0.1", "127.0.0.2", "127.0.0.3"
NAME = "idp.example.com"

Resolve = Callable[..., None]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"metadata")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server that listens on SERVING only."""
    with http.server.ThreadingHTTPServer((SERVING, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Gives NAME some addresses, as a name server would: no name of this machine has several for sure."""
    resolver = socket.getaddrinfo

    def give(*addresses: str) -> None:
        def getaddrinfo(host: str, *args: Any, **options: Any) -> list[Any]:
            hosts = addresses if host == NAME else (host,)
            return [entry for address in hosts for entry in resolver(address, *args, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return give


@pytest.fixture
def silent(port: int) -> Iterator[str]:
    """An address that never answers: its server's queue is full, so that Linux drops what comes."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind((DEAD, port))
        server.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((DEAD, port))
        yield DEAD


@pytest.mark.parametrize("addresses", [(DEAD, SERVING), (SERVING, DEAD), (DEAD, ALSO_DEAD, SERVING)])
def test_the_first_address_that_accepts_a_connection_is_used(
    port: int, resolve: Resolve, addresses: tuple[str, ...]
) -> None:
    resolve(*addresses)
    assert fetch(f"http://{NAME}:{port}/", max_bytes=100, seconds=5) == b"metadata"
    post(f"http://{NAME}:{port}/", b"{}", content_type="application/json", seconds=5)


def test_an_address_that_never_answers_leaves_time_for_the_next(
    port: int, resolve: Resolve, silent: str
) -> None:
    resolve(silent, SERVING)
    assert fetch(f"http://{NAME}:{port}/", max_bytes=100, seconds=1) == b"metadata"


def test_all_addresses_together_take_no_longer_than_one(port: int, resolve: Resolve, silent: str) -> None:
    resolve(silent, DEAD, silent)
    started = time.monotonic()
    with pytest.raises(OutboundError, match="timed out"):
        fetch(f"http://{NAME}:{port}/", max_bytes=100, seconds=1)
    assert time.monotonic() - started < 1.5


def test_when_no_address_accepts_a_connection_each_failure_is_named(port: int, resolve: Resolve) -> None:
    resolve(DEAD, ALSO_DEAD)
    with pytest.raises(OutboundError, match=rf"{DEAD}: .*refused; {ALSO_DEAD}: .*refused"):
        fetch(f"http://{NAME}:{port}/", max_bytes=100, seconds=5)


def test_one_address_that_is_not_public_is_enough_to_refuse_the_name(
    port: int, resolve: Resolve, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    settings.SANDBOX = False
    resolve("198.41.0.4", "10.0.0.1")
    with pytest.raises(OutboundError, match=r"resolves to 10\.0\.0\.1, which is not a public address"):
        fetch(f"https://{NAME}:{port}/", max_bytes=100, seconds=5)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "192.0.0.8",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_is_refused_in_every_disguise(
    port: int, monkeypatch: pytest.MonkeyPatch, settings: Settings, address: str
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    settings.SANDBOX = False
    # A resolver's answer as it is: that of this machine turns some of these into IPv4.
    entry = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [entry])
    with pytest.raises(OutboundError, match="not a public address"):
        fetch(f"https://{NAME}:{port}/", max_bytes=100, seconds=5)


@pytest.mark.parametrize("url", ["https://[::1", "https://example.com:x/", "https://example.com:99999/"])
def test_a_url_that_cannot_be_taken_apart_is_an_error_in_words(url: str) -> None:
    with pytest.raises(OutboundError, match="can't be read"):
        fetch(url, max_bytes=100, seconds=5)
    with pytest.raises(OutboundError, match="can't be read"):
        post(url, b"", content_type="text/plain", seconds=5)
