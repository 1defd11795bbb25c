"""Verdicts, pure."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from vpn.egress.verdict import (
    EgressResult,
    KnownAddresses,
    UnknownReason,
    Verdict,
    VerdictWithSource,
    judge,
    refine,
)
from vpn.endpoints.presence import PersonPresence

VPN, OTHER_VPN = IPv4Address("203.0.113.10"), IPv4Address("203.0.113.11")
HOME, HOME6, VPN6 = (
    IPv4Address("198.51.100.27"),
    IPv6Address("2001:db8:1b::27"),
    IPv6Address("2001:db8:aa::1"),
)
KNOWN = KnownAddresses(
    egress={VPN: "tokyo-main", OTHER_VPN: "tokyo-main", VPN6: "tokyo-v6"},
    offices={"本社": [ip_network("192.0.2.0/28"), ip_network("2001:db8:ff::/48")]},
    ever_known=True,
    trusted_proxies=[ip_network("10.0.0.0/8")],
)
NEW = KnownAddresses(egress={}, offices=KNOWN.offices, ever_known=False)
BROKEN = KnownAddresses(egress={}, offices=KNOWN.offices, ever_known=True)
AWAY, NOT_KNOWN = PersonPresence(active=False), PersonPresence(active=None)
FULL, SPLIT = (
    PersonPresence(active=True, label="tokyo-main"),
    PersonPresence(active=True, split_tunnel=True, label="osaka-dr"),
)


@pytest.mark.parametrize(
    ("address", "known", "judgement"),
    [
        ("203.0.113.10", KNOWN, VerdictWithSource(Verdict.VPN, "tokyo-main")),
        ("203.0.113.11", KNOWN, VerdictWithSource(Verdict.VPN, "tokyo-main")),
        ("2001:db8:aa::1", KNOWN, VerdictWithSource(Verdict.VPN, "tokyo-v6")),
        ("192.0.2.15", KNOWN, VerdictWithSource(Verdict.OFFICE, "本社")),
        ("2001:db8:ff::5", KNOWN, VerdictWithSource(Verdict.OFFICE, "本社")),
        ("192.0.2.16", KNOWN, VerdictWithSource(Verdict.OUTSIDE)),
        ("198.51.100.27", KNOWN, VerdictWithSource(Verdict.OUTSIDE)),
        ("2001:db8:1b::27", KNOWN, VerdictWithSource(Verdict.OUTSIDE)),
        ("192.0.2.15", NEW, VerdictWithSource(Verdict.OFFICE, "本社")),
        ("198.51.100.27", NEW, VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.NO_FIXED_ADDRESS)),
        ("198.51.100.27", BROKEN, VerdictWithSource(Verdict.OUTSIDE)),
        # One of our own proxies, or an address that no site on the internet ever sees
        ("10.0.0.1", KNOWN, VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.NO_ADDRESS)),
        ("192.168.1.5", KNOWN, VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.RESERVED_ADDRESS)),
        ("fe80::1", KNOWN, VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.RESERVED_ADDRESS)),
    ],
)
def test_an_address_gets_the_verdict_of_the_contract(
    address: str, known: KnownAddresses, judgement: VerdictWithSource
) -> None:
    assert judge(ip_address(address), known) == judgement


def test_no_address_is_unknown() -> None:
    assert judge(None, KNOWN) == VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.NO_ADDRESS)


@pytest.mark.parametrize(
    ("v4", "v6", "presence", "result"),
    [
        (VPN, None, AWAY, EgressResult.VPN),
        (VPN, None, FULL, EgressResult.VPN),
        (VPN, HOME6, FULL, EgressResult.VPN_V6),
        (VPN, VPN6, FULL, EgressResult.VPN),
        (VPN, IPv6Address("fd00::27"), FULL, EgressResult.VPN),
        (IPv4Address("254.252.239.103"), HOME6, AWAY, EgressResult.UNKNOWN),
        (None, VPN6, FULL, EgressResult.VPN),
        (IPv4Address("192.0.2.1"), None, AWAY, EgressResult.OFFICE),
        (IPv4Address("192.0.2.1"), HOME6, AWAY, EgressResult.OFFICE),
        (HOME, None, SPLIT, EgressResult.SPLIT),
        (HOME, None, FULL, EgressResult.DRIFT),
        (HOME, None, NOT_KNOWN, EgressResult.OUTSIDE_UNKNOWN),
        (HOME, None, AWAY, EgressResult.OUTSIDE),
        (HOME, VPN6, AWAY, EgressResult.OUTSIDE),
        (None, HOME6, AWAY, EgressResult.OUTSIDE),
        (None, None, FULL, EgressResult.UNKNOWN),
    ],
)
def test_what_else_is_known_refines_it(
    v4: IPv4Address | None, v6: IPv6Address | None, presence: PersonPresence, result: EgressResult
) -> None:
    assert refine(v4, v6, known=KNOWN, presence=presence).result is result


def test_ipv6_through_the_tunnel_is_no_leak() -> None:
    """AWS doesn't translate it: sites see the address that the person has in the VPN."""
    inside = PersonPresence(active=True, label="tokyo-main", client_ip_v6=str(HOME6))
    assert refine(VPN, HOME6, known=KNOWN, presence=inside).result is EgressResult.VPN
    assert refine(VPN, HOME6, known=KNOWN, presence=FULL).result is EgressResult.VPN_V6
