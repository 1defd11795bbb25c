"""Header lines that proxies and clients send, and what the portal must make of them.

The peer is a proxy that is trusted. The VPN's fixed address is 203.0.113.10, the office is 192.0.2.0/28.
"""

from typing import Final, NamedTuple

XFF: Final = "X-Forwarded-For"


class ForwardedCase(NamedTuple):
    """``ip``: None, if no address can be told; ``verdict``: of /egress.json."""

    label: str
    ip: str | None
    verdict: str
    headers: tuple[tuple[str, str], ...]


def _case(label: str, ip: str | None, verdict: str, *values: str) -> ForwardedCase:
    return ForwardedCase(label, ip, verdict, tuple((XFF, value) for value in values))


VPN: Final = "203.0.113.10"
HOME: Final = "198.51.100.7"
HOME6: Final = "2001:db8:9::1"

CASES: Final = (
    _case("plain IPv4", HOME, "outside", HOME),
    _case("VPN address", VPN, "vpn", VPN),
    _case("office", "192.0.2.3", "office", "192.0.2.3"),
    _case("IPv4 with port", VPN, "vpn", f"{VPN}:51234"),
    _case("IPv6 in brackets with port", HOME6, "outside", f"[{HOME6}]:51234"),
    _case("IPv6 in brackets without port", HOME6, "outside", f"[{HOME6}]"),
    _case("IPv4-mapped", VPN, "vpn", f"::ffff:{VPN}"),
    _case("IPv4-mapped in hex", VPN, "vpn", "::ffff:cb00:710a"),
    _case("IPv4-mapped in brackets with port", VPN, "vpn", f"[::ffff:{VPN}]:443"),
    _case("quoted IPv6", HOME6, "outside", f'"[{HOME6}]:443"'),
    _case("IPv6 with zone", HOME6, "outside", f"{HOME6}%eth0"),
    _case("no blank after comma", VPN, "vpn", f"{HOME},{VPN}"),
    _case("tab after comma", VPN, "vpn", f"{HOME},\t{VPN}"),
    _case("two header lines", VPN, "vpn", HOME, VPN),
    _case("second header line is a trusted proxy", VPN, "vpn", f"{HOME}, {VPN}", "127.0.0.1"),
    _case("proxy appended to an empty header", VPN, "vpn", f", {VPN}"),
    _case("trailing comma", VPN, "vpn", f"{VPN},"),
    _case("trailing comma and blank", VPN, "vpn", f"{VPN}, "),
    _case("empty element between", VPN, "vpn", f"{VPN}, , 127.0.0.1"),
    _case("empty second header line", VPN, "vpn", VPN, ""),
    _case("only a comma", None, "unknown", ","),
    _case("only commas and blanks", None, "unknown", " ,\t, "),
    _case("forged left end", VPN, "vpn", f"192.0.2.3, {VPN}"),
    _case("unknown (Squid)", None, "unknown", f"{HOME}, unknown"),
    _case("obfuscated (RFC 7239)", None, "unknown", "_hidden"),
    _case("a pair of the header Forwarded", None, "unknown", f"for={VPN}"),
    _case("broken quote further left", VPN, "vpn", f'"2.2.2.2, {VPN}'),
    _case("upper-case expanded IPv6", HOME6, "outside", "2001:0DB8:0009:0000:0000:0000:0000:0001"),
    _case("zero-padded IPv4", None, "unknown", "203.000.113.010"),
    _case("port that is none", None, "unknown", f"{VPN}:evil"),
    _case("text behind brackets", None, "unknown", f"[{HOME6}]evil"),
    _case("brackets that don't close", None, "unknown", f"[{HOME6}"),
    _case("IPv4 with zone", None, "unknown", f"{VPN}%eth0"),
    _case("five numbers", None, "unknown", f"{VPN}.1"),
    _case("three numbers", None, "unknown", "203.0.113"),
    _case("one number", None, "unknown", "3405803786"),
    _case("with prefix", None, "unknown", f"{VPN}/32"),
    _case("IPv4 in brackets", VPN, "vpn", f"[{VPN}]"),
    _case("Unix socket (nginx)", None, "unknown", "unix:"),
    _case("Pseudo IPv4 (Cloudflare)", "254.252.239.103", "unknown", "254.252.239.103"),
    ForwardedCase(
        "Pseudo IPv4 with the true IPv6 beside it",
        "254.252.239.103",
        "unknown",
        ((XFF, "254.252.239.103"), ("Cf-Connecting-Ipv6", HOME6), ("Cf-Pseudo-Ipv4", "254.252.239.103")),
    ),
    _case("lowest class E", "240.0.0.1", "unknown", "240.0.0.1"),
    _case("broadcast", "255.255.255.255", "unknown", "255.255.255.255"),
    _case("0.0.0.0", "0.0.0.0", "unknown", "0.0.0.0"),
    _case("this network", "0.1.2.3", "unknown", "0.1.2.3"),
    _case("private", "10.0.128.10", "unknown", "10.0.128.10"),
    _case("link-local", "169.254.169.254", "unknown", "169.254.169.254"),
    _case("benchmark network", "198.18.0.1", "unknown", "198.18.0.1"),
    _case("upper half of the benchmark network", "198.19.255.254", "unknown", "198.19.255.254"),
    _case("DS-Lite and 464XLAT", "192.0.0.2", "unknown", "192.0.0.2"),
    _case("6to4 relay", "192.88.99.1", "unknown", "192.88.99.1"),
    _case("multicast", "224.0.0.1", "unknown", "224.0.0.1"),
    _case("carrier-grade NAT", "100.64.3.4", "unknown", "100.64.3.4"),
    _case("above carrier-grade NAT", "100.128.0.1", "outside", "100.128.0.1"),
    _case("below the benchmark network", "198.17.255.255", "outside", "198.17.255.255"),
    _case("unspecified IPv6", "::", "unknown", "::"),
    _case("loopback IPv6", "::1", "unknown", "::1"),
    _case("unique local IPv6", "fd00::1", "unknown", "fd00::1"),
    _case("link-local IPv6 with zone", "fe80::1", "unknown", "fe80::1%2"),
    _case("site-local IPv6", "fec0::1", "unknown", "fec0::1"),
    _case("multicast IPv6", "ff02::1", "unknown", "ff02::1"),
    _case("discard-only IPv6", "100::1", "unknown", "100::1"),
    _case("segment routing", "5f00::1", "unknown", "5f00::1"),
    _case("benchmark IPv6", "2001:2::1", "unknown", "2001:2::1"),
    _case("IPv4-compatible IPv6", "::cb00:710a", "unknown", f"::{VPN}"),
    _case("IPv4-translated IPv6", "::ffff:0:cb00:710a", "unknown", f"::ffff:0:{VPN}"),
    _case("public IPv6", "2606:4700::1111", "outside", "2606:4700::1111"),
    _case("6to4 of a public address", "2002:c633:6407::1", "outside", "2002:c633:6407::1"),
    _case("6to4 of a private address", "2002:a00:1::1", "unknown", "2002:a00:1::1"),
    _case("NAT64 of the VPN address", VPN, "vpn", "64:ff9b::cb00:710a"),
    _case("NAT64 of the VPN address, dotted, with port", VPN, "vpn", f"[64:ff9b::{VPN}]:443"),
    _case("NAT64 of a private address", "64:ff9b::a00:1", "unknown", "64:ff9b::10.0.0.1"),
    _case("NAT64 of a trusted proxy", "64:ff9b::7f00:1", "unknown", f"{VPN}, 64:ff9b::127.0.0.1"),
    _case("local NAT64", "64:ff9b:1::cb00:710a", "unknown", f"64:ff9b:1::{VPN}"),
    ForwardedCase("X-Real-IP", HOME, "outside", ((XFF, HOME), ("X-Real-IP", VPN))),
    ForwardedCase("Forwarded", HOME, "outside", ((XFF, HOME), ("Forwarded", f"for={VPN}"))),
    ForwardedCase("Forwarded with IPv6", HOME, "outside", ((XFF, HOME), ("Forwarded", 'for="[::1]:1"'))),
    ForwardedCase("underscores", HOME, "outside", ((XFF, HOME), ("X_Forwarded_For", VPN))),
)
