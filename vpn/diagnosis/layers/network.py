"""The person's own network, before the tunnel. AWS logs nothing of what never reached it: silence is all there is.

Sources: AWS Client VPN User Guide, "Troubleshooting" ("TLS key negotiation failed to occur within 60 seconds", "Cannot
resolve host address", another VPN's process); Client VPN administrator guide, "Connection logging" and "Limitations and
rules" (the client CIDR range must not overlap with the local network).
"""

from ipaddress import ip_address, ip_network
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import (
    Cause,
    CauseText,
    EvidenceLine,
    LayerId,
    LayerResult,
    fails,
    holds,
    unknown,
)
from vpn.diagnosis.base.progress import Reached
from vpn.diagnosis.base.symptoms import Symptom
from vpn.diagnosis.layers.client import told_line
from vpn.egress.verdict import EgressResult
from vpn.endpoints.models import Endpoint
from vpn.moments import format_recent_moment

ONLINE: Final = frozenset(
    {EgressResult.OUTSIDE, EgressResult.OUTSIDE_UNKNOWN, EgressResult.OFFICE, EgressResult.UNKNOWN}
)

BLOCKED: Final = CauseText(
    sentence=gettext_lazy("The network that the person is in blocks the VPN (%(port)s)"),
    tell=(
        gettext_lazy("The network that you are in doesn't let the VPN through."),
        gettext_lazy("Please try another one, such as your phone's hotspot, then connect again."),
    ),
    agent=gettext_lazy(
        "If it works by a hotspot, whoever runs that network has to allow %(port)s to the internet."
    ),
)
NAME: Final = CauseText(
    sentence=gettext_lazy("The person's network doesn't find the VPN's name"),
    tell=(
        gettext_lazy("Your network can't find the address of the VPN."),
        gettext_lazy(
            "Please disconnect, check that other web pages open, and try another network, such as a hotspot."
        ),
    ),
    agent=gettext_lazy("If only this network fails: its DNS blocks the name, or another VPN changes it."),
)
CAPTIVE: Final = CauseText(
    sentence=gettext_lazy("The person's network has no way to the internet yet"),
    tell=(
        gettext_lazy(
            "Your network doesn't let you into the internet yet; hotels and trains want a sign-in first."
        ),
        gettext_lazy("Please open any web page, sign in to that network, then connect again."),
    ),
)
CHANGED: Final = CauseText(
    sentence=gettext_lazy("The person's computer has moved to another network"),
    tell=(
        gettext_lazy("Your computer has changed its network, which ends the connection."),
        gettext_lazy("Please press Connect once more; on Wi-Fi, stay with one network."),
    ),
)
OTHER_VPN: Final = CauseText(
    sentence=gettext_lazy("Another VPN program runs on the person's computer"),
    tell=(
        gettext_lazy("Another VPN program on your computer gets in the way."),
        gettext_lazy("Please disconnect and quit it, then connect again."),
    ),
    agent=gettext_lazy("Security programs and browsers may have a VPN of their own: ask for those as well."),
)
OVERLAP: Final = CauseText(
    sentence=gettext_lazy("The person's own network (%(lan)s) overlaps with the VPN's addresses (%(range)s)"),
    tell=(
        gettext_lazy("Your own network uses the same addresses as the VPN."),
        gettext_lazy("Please try another network, such as your phone's hotspot, then connect again."),
    ),
    agent=gettext_lazy("For good: another address range in the router of the person's network."),
)


def check(facts: PersonFacts) -> LayerResult:
    if not facts.is_connected and (result := _by_what_is_told(facts)):
        return result
    if facts.progress.reached > Reached.NOTHING:
        attempt = facts.progress.attempt
        address = attempt.device_ip if attempt and attempt.device_ip else ""
        text = _("The endpoint was reached from %(address)s") % {"address": address or "?"}
        return holds(LayerId.NETWORK, EvidenceLine(text, seen_at=facts.progress.at))
    if facts.unlogged is not None:
        text = _("The endpoint was reached from %(address)s") % {"address": facts.unlogged.public_ip or "?"}
        return holds(LayerId.NETWORK, EvidenceLine(text, seen_at=facts.unlogged.at))
    return _silence(facts)


def _by_what_is_told(facts: PersonFacts) -> LayerResult | None:
    """The person's computer is the only witness here."""
    told, endpoint = facts.told, facts.endpoint
    if told.has(Symptom.CAPTIVE):
        return _fails(facts, Symptom.CAPTIVE, "no-internet", CAPTIVE)
    if told.has(Symptom.OTHER_VPN):
        return _fails(facts, Symptom.OTHER_VPN, "other-vpn", OTHER_VPN)
    if told.has(Symptom.NETWORK_CHANGED):
        return _fails(facts, Symptom.NETWORK_CHANGED, "network-changed", CHANGED)
    if overlap := find_overlap(facts):
        line = EvidenceLine(_("Found by the doctor script"), seen_at=told.at)
        cause = Cause("lan-overlaps", OVERLAP, {"lan": overlap[0], "range": overlap[1]})
        return fails(LayerId.NETWORK, cause, line)
    if told.has(Symptom.RECONNECTING):
        return _fails(facts, Symptom.RECONNECTING, "name-not-found", NAME)
    is_blocked = told.has(Symptom.TLS) or (
        # A knock at TCP says nothing about UDP.
        told.doctor.get("tcp443") == "fails" and endpoint is not None and _port(endpoint) == "TCP 443"
    )
    if is_blocked:
        values = {"port": _port(endpoint) if endpoint else "443"}
        line = (
            told_line(facts, Symptom.TLS)
            if told.has(Symptom.TLS)
            else EvidenceLine(_("Found by the doctor script"), seen_at=told.at)
        )
        return fails(LayerId.NETWORK, Cause("port-blocked", BLOCKED, values), line)
    return None


def _fails(facts: PersonFacts, symptom: Symptom, cause_id: str, text: CauseText) -> LayerResult:
    return fails(LayerId.NETWORK, Cause(cause_id, text), told_line(facts, symptom))


def _port(endpoint: Endpoint) -> str:
    """Such as "UDP 443": UDP is AWS's default (CreateClientVpnEndpoint)."""
    return f"{(endpoint.transport_protocol or 'udp').upper()} {endpoint.vpn_port}"


def find_overlap(facts: PersonFacts) -> tuple[str, str] | None:
    """The person's own network and what of the VPN lies in it. The doctor tells the first three numbers only."""
    try:
        lan = ip_network(f"{ip_address(facts.told.doctor.get('net', ''))}/24", strict=False)
    except ValueError:
        return None
    endpoint = facts.endpoint
    if endpoint is None or not endpoint.client_cidr_block:
        return None
    client_range = ip_network(endpoint.client_cidr_block, strict=False)
    return (str(lan), str(client_range)) if lan.overlaps(client_range) else None


def _silence(facts: PersonFacts) -> LayerResult:
    is_logged = facts.endpoint is not None and bool(facts.endpoint.log_group)
    until = facts.log.complete_until
    lines = []
    if facts.check is not None and facts.fresh_check is not None and facts.check.result in ONLINE:
        # Who opens the portal has a network that leads to the internet.
        text = _("The person opened this portal from %(address)s")
        lines = [EvidenceLine(text % {"address": facts.check.address or "?"}, seen_at=facts.check.checked_at)]
    if facts.log.stale or until is None or not is_logged:
        line = EvidenceLine(
            _("The connection log is behind or isn't kept, so an attempt may be missing."),
            seen_at=facts.log.read_at,
        )
        return unknown(LayerId.NETWORK, line, *lines, ask=_question())
    text = _("No attempt of the person reached AWS in 12 hours, up to %(at)s.")
    line = EvidenceLine(text % {"at": format_recent_moment(until)}, seen_at=facts.log.read_at)
    return unknown(LayerId.NETWORK, line, *lines, ask=_question())


def _question() -> str:
    return _(
        "What does AWS VPN Client say when Connect is pressed? A TLS error or “can't resolve” means that the network "
        "in between blocks it: have the person try another one, such as a telephone's hotspot."
    )
