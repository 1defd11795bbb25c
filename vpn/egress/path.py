"""The way that a person's traffic takes, as components/path.html draws it: nothing on it is more than is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from vpn.egress.offices import office_name
from vpn.egress.user_agent import MOBILE, operating_system
from vpn.egress.verdict import EgressResult, RefinedVerdict
from vpn.endpoints.trouble import EndpointTrouble, TroubleKind


@dataclass(frozen=True)
class PathStop:
    """``state`` is reached, broken, dashed, passed, partial or unknown (see components/path.html)."""

    label: str
    detail: str
    icon: str
    state: str


@dataclass(frozen=True)
class PathFacts:
    """What is drawn besides the verdict. Each may be empty.

    ``endpoint`` and ``fixed_ip``: what this person would connect to. ``device_ip``: the person's own network while the
    traffic goes through the VPN, from the connection log. ``failed``: the last attempt to connect failed just now.
    """

    user_agent: str = ""
    endpoint: str = ""
    fixed_ip: str = ""
    device_ip: str = ""
    trouble: EndpointTrouble | None = None
    failed: bool = False


# How far the traffic gets: this computer, the network, the gate, the fixed address, the services that allow it
STATES: Final[Mapping[EgressResult, tuple[str, str, str, str, str]]] = {
    EgressResult.VPN: ("reached", "reached", "reached", "reached", "reached"),
    EgressResult.VPN_V6: ("reached", "reached", "partial", "partial", "partial"),
    EgressResult.SPLIT: ("reached", "reached", "passed", "passed", "reached"),
    EgressResult.DRIFT: ("reached", "reached", "reached", "broken", "unknown"),
    EgressResult.FORMER: ("reached", "reached", "reached", "broken", "unknown"),
    EgressResult.OUTSIDE: ("reached", "reached", "dashed", "dashed", "dashed"),
    EgressResult.OUTSIDE_UNKNOWN: ("reached", "reached", "unknown", "dashed", "dashed"),
    EgressResult.UNKNOWN: ("reached", "unknown", "unknown", "unknown", "unknown"),
}
NOT_CONNECTED: Final = frozenset({EgressResult.OUTSIDE, EgressResult.OUTSIDE_UNKNOWN})
BEHIND_THE_GATE: Final = frozenset(
    {EgressResult.VPN, EgressResult.VPN_V6, EgressResult.DRIFT, EgressResult.FORMER}
)


def path(refined: RefinedVerdict, facts: PathFacts) -> list[PathStop]:
    """The stops from this computer to the services that allow the fixed address."""
    system = operating_system(facts.user_agent)
    computer = PathStop(
        _("This device") if system in MOBILE else _("This computer"),
        system,
        "phone" if system in MOBILE else "laptop",
        "reached",
    )
    if refined.result is EgressResult.OFFICE:
        address = str(refined.address or "")
        return [
            computer,
            PathStop(
                _("Office network (%(site)s)") % {"site": office_name(refined.via)},
                address,
                "office",
                "reached",
            ),
            PathStop(_("Internal systems"), _("available"), "servers", "reached"),
        ]
    states = _states(refined.result, facts)
    return [
        computer,
        PathStop(_("Your network"), _network(refined, facts), "house", states[1]),
        PathStop("AWS Client VPN", _gate(refined, facts), "gate", states[2]),
        PathStop(_("Fixed IP address"), _fixed_address(refined, facts), "address", states[3]),
        PathStop(_("Services that allow this address"), _services(refined.result), "servers", states[4]),
    ]


def _states(result: EgressResult, facts: PathFacts) -> tuple[str, str, str, str, str]:
    if result not in NOT_CONNECTED:
        return STATES[result]
    if facts.trouble and facts.trouble.kind is TroubleKind.NO_EGRESS:
        return ("reached", "reached", "dashed", "broken", "dashed")
    if facts.trouble or facts.failed:
        return ("reached", "reached", "broken", "dashed", "dashed")
    return STATES[result]


def _network(refined: RefinedVerdict, facts: PathFacts) -> str:
    """The address of the person's own network: behind the gate the browser's address is another one."""
    if refined.result is EgressResult.UNKNOWN:
        return _("not known")
    if refined.result not in BEHIND_THE_GATE:
        return str(refined.address or "")
    # IPv6 goes out beside the VPN, and shows the network itself.
    return str(refined.v6) if refined.result is EgressResult.VPN_V6 else facts.device_ip


def _gate(refined: RefinedVerdict, facts: PathFacts) -> str:
    if refined.result is EgressResult.VPN_V6:
        return _("%(label)s (IPv4 only)") % {"label": refined.via} if refined.via else _("IPv4 only")
    if refined.result in NOT_CONNECTED:
        if facts.trouble and facts.trouble.kind is not TroubleKind.NO_EGRESS:
            return _("can't be connected to")
        if facts.failed:
            return _("couldn't connect")
        return _("not connected") if refined.result is EgressResult.OUTSIDE else _("not known")
    return _("not known") if refined.result is EgressResult.UNKNOWN else refined.via or facts.endpoint


def _fixed_address(refined: RefinedVerdict, facts: PathFacts) -> str:
    address = str(refined.address or "")
    match refined.result:
        case EgressResult.VPN | EgressResult.VPN_V6:
            return address
        case EgressResult.DRIFT:
            return _("%(address)s (not registered)") % {"address": address}
        case EgressResult.FORMER:
            return _("%(address)s (until lately)") % {"address": address}
        case EgressResult.SPLIT:
            return _("not used by this traffic")
    if facts.trouble and facts.trouble.kind is TroubleKind.NO_EGRESS:
        return _("not available")
    return facts.fixed_ip


def _services(result: EgressResult) -> str:
    match result:
        case EgressResult.VPN:
            return _("available")
        case EgressResult.VPN_V6:
            return _("not all available (IPv6)")
        case EgressResult.SPLIT:
            return _("see your own address")
        case EgressResult.OUTSIDE | EgressResult.OUTSIDE_UNKNOWN:
            return _("not available")
    return _("not known")
