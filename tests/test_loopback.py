"""The guard that keeps tests on this machine."""

import socket

import pytest

from tests.loopback import BeyondLoopbackError

PLACES = [
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET, "0.0.0.0"),
    (socket.AF_INET, "vpn.example.com"),
    (socket.AF_INET6, "2001:db8::1"),
    (socket.AF_INET6, "::ffff:192.0.2.1"),
]


@pytest.mark.parametrize(("family", "host"), PLACES)
def test_no_socket_leaves_the_machine(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as connection:
        for connect in (connection.connect, connection.connect_ex):
            with pytest.raises(BeyondLoopbackError, match=f"connect to {host}"):
                connect((host, 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_stays_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection((host, port), timeout=5).close()
