"""Which verdict an address gets: pure, first match wins. The table is in docs/egress.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final

from portal.addresses import Address, Network, is_trusted
from vpn.endpoints.presence import PersonPresence

# No site on the internet ever sees these: a request from there tells nothing about the egress IP.
INSIDE: Final = tuple(
    map(
        ip_network,
        [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ],
    )
)


class Verdict(StrEnum):
    """The four of the public contract."""

    VPN = "vpn"
    OFFICE = "office"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class EgressResult(StrEnum):
    """A verdict, refined by what else is known of the person; what the pages show."""

    VPN = "vpn"
    VPN_V6 = "vpn_v6"
    OFFICE = "office"
    SPLIT = "split"
    DRIFT = "drift"
    OUTSIDE = "outside"
    OUTSIDE_UNKNOWN = "outside_unknown"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class KnownAddresses:
    """What is ours. ``egress`` maps each of our Elastic IP addresses to the label of its endpoint.

    ``ever_known``: there has been such an address, even if every way to one is broken right now.
    """

    egress: Mapping[Address, str]
    offices: Mapping[str, Sequence[Network]]
    ever_known: bool
    trusted_proxies: Sequence[Network] = ()


@dataclass(frozen=True)
class VerdictWithSource:
    """``via`` is the endpoint's label or the office's name; empty if the verdict has neither."""

    verdict: Verdict
    via: str = ""


def judge(address: Address | None, known: KnownAddresses) -> VerdictWithSource:
    """The verdict of the contract for one address."""
    if address is None or is_trusted(address, known.trusted_proxies):
        return VerdictWithSource(Verdict.UNKNOWN)
    if address in known.egress:
        return VerdictWithSource(Verdict.VPN, known.egress[address])
    for site, networks in known.offices.items():
        if is_trusted(address, networks):
            return VerdictWithSource(Verdict.OFFICE, site)
    if not known.ever_known or is_trusted(address, INSIDE):
        return VerdictWithSource(Verdict.UNKNOWN)
    return VerdictWithSource(Verdict.OUTSIDE)


@dataclass(frozen=True)
class RefinedVerdict:
    finding: EgressResult
    via: str = ""
    v4: IPv4Address | None = None
    v6: IPv6Address | None = None

    @property
    def address(self) -> Address | None:
        """The address that the finding is about: IPv4 if there is one."""
        return self.v4 or self.v6


def refine(
    v4: IPv4Address | None, v6: IPv6Address | None, *, known: KnownAddresses, presence: PersonPresence
) -> RefinedVerdict:
    """The finding for a browser that was seen at these addresses; most sites are reached by IPv4."""
    address = v4 or v6
    judgement = judge(address, known)
    finding = EgressResult(judgement.verdict)
    if judgement.verdict is Verdict.VPN and v4 and v6 and judge(v6, known).verdict is not Verdict.VPN:
        finding = EgressResult.VPN_V6
    if judgement.verdict is Verdict.OUTSIDE:
        finding = _outside(presence)
    return RefinedVerdict(finding, judgement.via or presence.label, v4, v6)


def _outside(presence: PersonPresence) -> EgressResult:
    if presence.active is None:
        return EgressResult.OUTSIDE_UNKNOWN
    if not presence.active:
        return EgressResult.OUTSIDE
    return EgressResult.SPLIT if presence.split_tunnel else EgressResult.DRIFT
