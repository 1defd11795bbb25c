"""Which verdict an address gets: no input or output here, and the first rule that holds decides (docs/egress.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from portal.addresses import Address, Network, is_reserved, is_trusted
from vpn.endpoints.presence import PersonPresence


class Verdict(StrEnum):
    """The four values that /egress.json promises to scripts."""

    VPN = "vpn"
    OFFICE = "office"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class UnknownReason(StrEnum):
    """Why the verdict is unknown.

    ``no-address``: none arrived, or only that of a proxy of ours. ``former-address``: ours until lately.
    """

    NO_ADDRESS = "no-address"
    RESERVED_ADDRESS = "reserved-address"
    NO_FIXED_ADDRESS = "no-fixed-address"
    FORMER_ADDRESS = "former-address"


class EgressResult(StrEnum):
    """A verdict, refined by whether the person is connected and by the other IP version; what the pages show."""

    VPN = "vpn"
    VPN_V6 = "vpn_v6"
    OFFICE = "office"
    SPLIT = "split"
    DRIFT = "drift"
    FORMER = "former"
    OUTSIDE = "outside"
    OUTSIDE_UNKNOWN = "outside_unknown"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class KnownAddresses:
    """The company's own addresses. ``egress`` maps each of our Elastic IP addresses to the label of its endpoint.

    ``former`` are those that were one until lately, such as of a NAT gateway that has just been deleted: a green
    verdict would promise what may be gone, a red one would send away who is behind it. ``ever_known``: there has been
    such an address, even if every way to one is broken right now. ``state`` is another text as soon as anything about
    an endpoint has changed that people are told.
    """

    egress: Mapping[Address, str]
    offices: Mapping[str, Sequence[Network]]
    ever_known: bool
    trusted_proxies: Sequence[Network] = ()
    former: Mapping[Address, str] = field(default_factory=dict)
    state: str = ""


@dataclass(frozen=True)
class VerdictWithSource:
    """``via`` is the endpoint's label or the office's name; empty if the verdict has neither."""

    verdict: Verdict
    via: str = ""
    reason: UnknownReason | None = None


def judge(address: Address | None, known: KnownAddresses) -> VerdictWithSource:
    """The verdict on one address, as /egress.json promises it."""
    # A proxy of ours as the client: the header that should name the client is missing.
    if address is None or is_trusted(address, known.trusted_proxies):
        return VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.NO_ADDRESS)
    if address in known.egress:
        return VerdictWithSource(Verdict.VPN, known.egress[address])
    if address in known.former:
        return VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.FORMER_ADDRESS)
    # Before the reserved ranges: an office may reach the portal by its internal addresses.
    for site, networks in known.offices.items():
        if is_trusted(address, networks):
            return VerdictWithSource(Verdict.OFFICE, site)
    # No site sees such an address, so it says nothing about the one that sites do see.
    if is_reserved(address):
        return VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.RESERVED_ADDRESS)
    # Without any egress IP (a new installation) everybody would be outside, also who is connected.
    if not known.ever_known:
        return VerdictWithSource(Verdict.UNKNOWN, reason=UnknownReason.NO_FIXED_ADDRESS)
    return VerdictWithSource(Verdict.OUTSIDE)


@dataclass(frozen=True)
class RefinedVerdict:
    result: EgressResult
    via: str = ""
    v4: IPv4Address | None = None
    v6: IPv6Address | None = None
    reason: UnknownReason | None = None

    @property
    def address(self) -> Address | None:
        """The address that the result is about: IPv4 if there is one."""
        return self.v4 or self.v6


def refine(
    v4: IPv4Address | None, v6: IPv6Address | None, *, known: KnownAddresses, presence: PersonPresence
) -> RefinedVerdict:
    """The result for a browser that has these addresses. IPv4 decides if there is any: most sites are reached by it."""
    address = v4 or v6
    judgement = judge(address, known)
    result = EgressResult(judgement.verdict)
    # IPv6 isn't translated: through the VPN, sites see the very address that AWS gave the person.
    is_inside = v6 is not None and str(v6) == presence.client_ip_v6
    # A reserved IPv6 address leaks nothing: no site is reached from it.
    leaks = (
        v4 and v6 and not is_inside and not is_reserved(v6) and judge(v6, known).verdict is not Verdict.VPN
    )
    if judgement.verdict is Verdict.VPN and leaks:
        result = EgressResult.VPN_V6
    if judgement.verdict is Verdict.OUTSIDE:
        result = _outside(presence)
    if judgement.reason is UnknownReason.FORMER_ADDRESS and address:
        return RefinedVerdict(EgressResult.FORMER, known.former[address], v4, v6, judgement.reason)
    return RefinedVerdict(result, judgement.via or presence.label, v4, v6, judgement.reason)


def _outside(presence: PersonPresence) -> EgressResult:
    if presence.active is None:
        return EgressResult.OUTSIDE_UNKNOWN
    if not presence.active:
        return EgressResult.OUTSIDE
    return EgressResult.SPLIT if presence.split_tunnel else EgressResult.DRIFT
