"""The egress chain of a subnet as a picture: from the endpoint to the internet, or to the stop where it breaks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.text import join_words
from vpn.endpoints.egress import WARNINGS, EgressReason
from vpn.endpoints.reasons import REASONS, reason_text

# The stop at which each reason breaks the chain; END: at none
SUBNET, GATEWAY, ADDRESS, END = 1, 2, 3, 5
BREAKS_AT: Final[dict[EgressReason, int]] = {
    EgressReason.NO_TARGET_NETWORK: SUBNET,
    EgressReason.NOT_ASSOCIATED: SUBNET,
    EgressReason.NO_ENDPOINT_ROUTE: SUBNET,
    EgressReason.NO_ROUTE_TABLE: GATEWAY,
    EgressReason.NO_DEFAULT_ROUTE: GATEWAY,
    EgressReason.BLACKHOLE: GATEWAY,
    EgressReason.INTERNET_GATEWAY: GATEWAY,
    EgressReason.OTHER_TARGET: GATEWAY,
    EgressReason.TRANSIT_GATEWAY: GATEWAY,
    EgressReason.NAT_GATEWAY_GONE: GATEWAY,
    EgressReason.NAT_GATEWAY_NOT_AVAILABLE: GATEWAY,
    EgressReason.NAT_GATEWAY_PRIVATE: GATEWAY,
    EgressReason.NO_ADDRESS: ADDRESS,
}


@dataclass(frozen=True)
class EgressChainStop:
    """``state`` is ``reached``, ``broken`` or ``dashed``, as in components/path.html."""

    label: str
    detail: str
    icon: str
    state: str


@dataclass(frozen=True)
class EgressChain:
    """``tone``: ok, warn (there is an address, but), out (broken) or info (not meant to lead there)."""

    tone: str
    stops: list[EgressChainStop]
    reasons: list[Promise]


def chains(label: str, egress: Iterable[dict[str, Any]], *, zones: bool = False) -> list[EgressChain]:
    """One for each of the endpoint's subnets; ``egress`` is what the endpoint's row keeps.

    ``zones``: it has Availability Zones of a transit gateway instead.
    """
    return [_chain(label, subnet, zones=zones) for subnet in egress]


def _chain(label: str, subnet: dict[str, Any], *, zones: bool) -> EgressChain:
    # During an upgrade, a newer worker may have stored a reason that this process doesn't know yet.
    reasons = [EgressReason(reason) for reason in subnet["reasons"] if reason in REASONS]
    breaks = [BREAKS_AT[reason] for reason in reasons if reason not in WARNINGS]
    broken_at = min(breaks, default=END if subnet["addresses"] else ADDRESS)
    # A split tunnel sends only some destinations through the VPN: without a route to the internet nothing is wrong.
    by_design = {EgressReason.SPLIT_TUNNEL, EgressReason.NO_ENDPOINT_ROUTE} <= set(reasons)
    shown = [EgressReason.SPLIT_TUNNEL] if by_design else reasons
    labels = (
        ("AWS Client VPN", label, "gate"),
        (_("Availability Zone") if zones else _("Subnet"), subnet["subnet_id"], "servers"),
        (_gateway(subnet["via"]), subnet["via"], "external"),
        (_("Fixed IP address"), join_words(subnet["addresses"]), "address"),
        (_("Internet"), "", "globe"),
    )
    return EgressChain(
        tone="info" if by_design else _tone(broken_at, warned=bool(reasons)),
        stops=[
            EgressChainStop(*stop, _state(position, broken_at, by_design=by_design))
            for position, stop in enumerate(labels)
        ],
        reasons=[reason_text(reason, zones=zones) for reason in shown],
    )


def _gateway(via: str) -> str:
    """What the chain reached last, by its id."""
    kinds = {
        "": _("NAT gateway"),
        "nat": _("NAT gateway"),
        "igw": _("Internet gateway"),
        "rtb": _("Route table"),
        "tgw": _("Transit gateway"),
        "vpce": _("Firewall or appliance (VPC endpoint)"),
        "eigw": _("Egress-only internet gateway"),
    }
    return kinds.get(via.partition("-")[0], _("Next hop"))


def _tone(broken_at: int, *, warned: bool) -> str:
    if broken_at != END:
        return "out"
    return "warn" if warned else "ok"


def _state(position: int, broken_at: int, *, by_design: bool) -> str:
    if position < broken_at:
        return "reached"
    return "broken" if position == broken_at and not by_design else "dashed"
