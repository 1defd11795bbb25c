"""Whose address a request has: forged headers change nothing."""

from ipaddress import ip_address, ip_network

import pytest

from portal.addresses import client_address

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def client(peer: str, forwarded_for: str = "") -> str:
    return str(client_address(peer=peer, forwarded_for=forwarded_for, trusted=TRUSTED))


def test_it_is_the_peer_when_nobody_forwards() -> None:
    assert client("198.51.100.27") == "198.51.100.27"


def test_it_ignores_what_an_untrusted_peer_says() -> None:
    assert client("198.51.100.27", "203.0.113.10") == "198.51.100.27"


def test_it_takes_the_right_hand_end_that_our_proxy_wrote() -> None:
    assert client("10.0.0.1", "203.0.113.10, 198.51.100.27") == "198.51.100.27"


def test_it_walks_through_any_number_of_our_proxies() -> None:
    assert client("10.0.0.1", "203.0.113.10, 198.51.100.27, 10.0.0.3,10.0.0.2") == "198.51.100.27"


def test_it_stops_at_the_first_address_that_is_not_ours_even_if_a_trusted_one_is_before_it() -> None:
    assert client("10.0.0.1", "10.9.9.9, 198.51.100.27, 10.0.0.2") == "198.51.100.27"


def test_it_takes_the_left_most_proxy_if_all_are_ours() -> None:
    assert client("10.0.0.1", "10.0.0.3, 10.0.0.2") == "10.0.0.3"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("198.51.100.27:50123", "198.51.100.27"),
        ("[2001:db8::27]:443", "2001:db8::27"),
        ("[2001:db8::27]", "2001:db8::27"),
        ("2001:db8::27", "2001:db8::27"),
        ("::ffff:198.51.100.27", "198.51.100.27"),
        ("[::ffff:198.51.100.27]:80", "198.51.100.27"),
        ("fe80::1%eth0", "fe80::1"),
        (" 198.51.100.27 ", "198.51.100.27"),
    ],
)
def test_it_reads_addresses_as_proxies_write_them(written: str, meant: str) -> None:
    assert client("10.0.0.1", written) == str(ip_address(meant))


@pytest.mark.parametrize(
    "garbage", ["unknown", "203.0.113.10.1", "０３", "<script>", "203.0.113.10 1", "_hidden"]
)
def test_it_knows_no_address_where_our_proxy_passed_on_garbage(garbage: str) -> None:
    assert client("10.0.0.1", f"203.0.113.10, {garbage} ") == "None"


def test_a_mapped_peer_is_trusted_as_the_ipv4_address_that_it_is() -> None:
    assert client("::ffff:10.0.0.1", "198.51.100.27") == "198.51.100.27"


def test_a_peer_without_an_address_is_nobody() -> None:
    assert client("", "203.0.113.10") == "None"
