"""The texts of each result, and the path of the traffic as far as it gets. docs/egress.md has the table of results."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.egress.offices import office_name
from vpn.egress.verdict import EgressResult, RefinedVerdict, UnknownReason


@dataclass(frozen=True)
class VerdictText:
    """``tone`` is the components' (ok, warn, out, info, unknown); heading and body may name ``%(via)s``."""

    tone: str
    heading: Promise
    body: Promise


VERDICT_TEXTS: dict[EgressResult, VerdictText] = {
    EgressResult.VPN: VerdictText(
        "ok",
        gettext_lazy("You're connected through the company VPN"),
        gettext_lazy("Services see this fixed IP address."),
    ),
    EgressResult.VPN_V6: VerdictText(
        "warn",
        gettext_lazy("You're on the VPN, but IPv6 traffic isn't"),
        gettext_lazy("Sites that support IPv6 may not see the fixed IP address."),
    ),
    EgressResult.OFFICE: VerdictText(
        "info",
        gettext_lazy("You're on the office network (%(via)s)"),
        gettext_lazy("You don't need the VPN here."),
    ),
    EgressResult.SPLIT: VerdictText(
        "warn",
        gettext_lazy("The VPN is on, but this traffic isn't using it"),
        gettext_lazy(
            "Only some destinations go through the VPN. Services that need the fixed IP may not work."
        ),
    ),
    EgressResult.DRIFT: VerdictText(
        "warn",
        gettext_lazy("The VPN is on, but this IP address isn't registered"),
        gettext_lazy("The settings may be out of date. Please tell the helpdesk."),
    ),
    EgressResult.OUTSIDE: VerdictText(
        "out",
        gettext_lazy("You're not connected to the company VPN"),
        gettext_lazy("You're on an outside network. Connect with AWS VPN Client, then check again."),
    ),
    EgressResult.OUTSIDE_UNKNOWN: VerdictText(
        "unknown",
        gettext_lazy("This traffic isn't using the company VPN"),
        gettext_lazy(
            "We couldn't get your VPN status. If you have just connected, check again in a few minutes."
        ),
    ),
    EgressResult.UNKNOWN: VerdictText(
        "unknown",
        gettext_lazy("We can't tell whether you're on the VPN"),
        gettext_lazy(
            "We couldn't read the address that you come from. If this continues, tell the helpdesk."
        ),
    ),
}
UNKNOWN_BODIES: dict[UnknownReason, Promise] = {
    UnknownReason.RESERVED_ADDRESS: gettext_lazy(
        "Your request came from %(address)s, which is an address that nobody has on the internet."
        " So we can't tell which one other sites see."
    ),
    UnknownReason.NO_FIXED_ADDRESS: gettext_lazy(
        "The portal doesn't know the fixed IP address yet. Try again in a few minutes."
    ),
}


def body(refined: RefinedVerdict) -> str:
    text = UNKNOWN_BODIES.get(refined.reason) if refined.reason else None
    return str(text or VERDICT_TEXTS[refined.result].body) % {"address": refined.address}


def heading(refined: RefinedVerdict) -> str:
    return str(VERDICT_TEXTS[refined.result].heading) % {"via": office_name(refined.via)}


@dataclass(frozen=True)
class PathStop:
    """One stop of the path; ``state`` is reached, broken, dashed or passed (see components/path.html)."""

    label: str
    detail: str
    icon: str
    state: str


# How far the traffic gets: this computer, the network, the gate, the fixed address, the allowed sites
STATES: dict[EgressResult, tuple[str, str, str, str, str]] = {
    EgressResult.VPN: ("reached", "reached", "reached", "reached", "reached"),
    EgressResult.VPN_V6: ("reached", "reached", "reached", "reached", "reached"),
    EgressResult.SPLIT: ("reached", "reached", "passed", "dashed", "dashed"),
    EgressResult.DRIFT: ("reached", "reached", "reached", "broken", "dashed"),
    EgressResult.OUTSIDE: ("reached", "reached", "broken", "dashed", "dashed"),
    EgressResult.OUTSIDE_UNKNOWN: ("reached", "reached", "dashed", "dashed", "dashed"),
    EgressResult.UNKNOWN: ("reached", "dashed", "dashed", "dashed", "dashed"),
}


def path(refined: RefinedVerdict, *, computer: str, endpoint: str, fixed_ip: str) -> list[PathStop]:
    """The stops from this computer to the sites that allow the fixed address.

    ``computer`` is its operating system; ``endpoint`` and ``fixed_ip`` are what a connection would use, for a person
    who is not connected. All may be empty.
    """
    address = str(refined.address or "")
    this_computer = PathStop(_("This computer"), computer, "laptop", "reached")
    sites = _("Sites that allow it")
    if refined.result is EgressResult.OFFICE:
        return [
            this_computer,
            PathStop(_("Office network"), office_name(refined.via), "office", "reached"),
            PathStop(sites, address, "servers", "reached"),
        ]
    states = STATES[refined.result]
    through = refined.result in {EgressResult.VPN, EgressResult.VPN_V6}
    return [
        this_computer,
        PathStop(_("Your network"), "" if through else address, "house", states[1]),
        PathStop("AWS Client VPN", refined.via or endpoint, "gate", states[2]),
        PathStop(_("Fixed IP address"), address if through else fixed_ip, "address", states[3]),
        PathStop(sites, _("AWS, test environments"), "servers", states[4]),
    ]
