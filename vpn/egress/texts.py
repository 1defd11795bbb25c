"""The texts of each result. docs/egress.md has the table of results."""

from dataclasses import dataclass

from django.utils.functional import Promise
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
        gettext_lazy(
            'The VPN\'s settings may have changed. Press "Copy diagnosis" and send it to the helpdesk.'
        ),
    ),
    EgressResult.FORMER: VerdictText(
        "warn",
        gettext_lazy("This was the company's fixed IP address until lately"),
        gettext_lazy(
            'The VPN\'s settings may have changed. Press "Copy diagnosis" and send it to the helpdesk.'
        ),
    ),
    EgressResult.OUTSIDE: VerdictText(
        "out",
        gettext_lazy("You're not connected to the company VPN"),
        gettext_lazy("You're going out directly from your own network. Press Connect in AWS VPN Client."),
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
