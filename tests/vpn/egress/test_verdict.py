"""Verdicts, pure."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from vpn.egress.verdict import Finding, Judgement, Known, Session, Verdict, judge, refine

VPN, OTHER_VPN = IPv4Address("203.0.113.10"), IPv4Address("203.0.113.11")
HOME, HOME6, VPN6 = (
    IPv4Address("198.51.100.27"),
    IPv6Address("2001:db8:1b::27"),
    IPv6Address("2001:db8:aa::1"),
)
KNOWN = Known(
    egress={VPN: "tokyo-main", OTHER_VPN: "tokyo-main", VPN6: "tokyo-v6"},
    offices={"本社": [ip_network("192.0.2.0/28"), ip_network("2001:db8:ff::/48")]},
    ever_known=True,
    trusted_proxies=[ip_network("10.0.0.0/8")],
)
NEW = Known(egress={}, offices=KNOWN.offices, ever_known=False)
BROKEN = Known(egress={}, offices=KNOWN.offices, ever_known=True)
AWAY, NOT_KNOWN = Session(active=False), Session(active=None)
FULL, SPLIT = (
    Session(active=True, label="tokyo-main"),
    Session(active=True, split_tunnel=True, label="osaka-dr"),
)


@pytest.mark.parametrize(
    ("address", "known", "judgement"),
    [
        ("203.0.113.10", KNOWN, Judgement(Verdict.VPN, "tokyo-main")),
        ("203.0.113.11", KNOWN, Judgement(Verdict.VPN, "tokyo-main")),
        ("2001:db8:aa::1", KNOWN, Judgement(Verdict.VPN, "tokyo-v6")),
        ("192.0.2.15", KNOWN, Judgement(Verdict.OFFICE, "本社")),
        ("2001:db8:ff::5", KNOWN, Judgement(Verdict.OFFICE, "本社")),
        ("192.0.2.16", KNOWN, Judgement(Verdict.OUTSIDE)),
        ("198.51.100.27", KNOWN, Judgement(Verdict.OUTSIDE)),
        ("2001:db8:1b::27", KNOWN, Judgement(Verdict.OUTSIDE)),
        ("192.0.2.15", NEW, Judgement(Verdict.OFFICE, "本社")),
        ("198.51.100.27", NEW, Judgement(Verdict.UNKNOWN)),
        ("198.51.100.27", BROKEN, Judgement(Verdict.OUTSIDE)),
        # One of our own proxies, or an address that no site on the internet ever sees
        ("10.0.0.1", KNOWN, Judgement(Verdict.UNKNOWN)),
        ("192.168.1.5", KNOWN, Judgement(Verdict.UNKNOWN)),
        ("fe80::1", KNOWN, Judgement(Verdict.UNKNOWN)),
    ],
)
def test_an_address_gets_the_verdict_of_the_contract(
    address: str, known: Known, judgement: Judgement
) -> None:
    assert judge(ip_address(address), known) == judgement


def test_no_address_is_unknown() -> None:
    assert judge(None, KNOWN) == Judgement(Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("v4", "v6", "session", "finding"),
    [
        (VPN, None, AWAY, Finding.VPN),
        (VPN, None, FULL, Finding.VPN),
        (VPN, HOME6, FULL, Finding.VPN_V6),
        (VPN, VPN6, FULL, Finding.VPN),
        (None, VPN6, FULL, Finding.VPN),
        (IPv4Address("192.0.2.1"), None, AWAY, Finding.OFFICE),
        (IPv4Address("192.0.2.1"), HOME6, AWAY, Finding.OFFICE),
        (HOME, None, SPLIT, Finding.SPLIT),
        (HOME, None, FULL, Finding.DRIFT),
        (HOME, None, NOT_KNOWN, Finding.OUTSIDE_UNKNOWN),
        (HOME, None, AWAY, Finding.OUTSIDE),
        (HOME, VPN6, AWAY, Finding.OUTSIDE),
        (None, HOME6, AWAY, Finding.OUTSIDE),
        (None, None, FULL, Finding.UNKNOWN),
    ],
)
def test_what_else_is_known_refines_it(
    v4: IPv4Address | None, v6: IPv6Address | None, session: Session, finding: Finding
) -> None:
    assert refine(v4, v6, known=KNOWN, session=session).finding is finding
