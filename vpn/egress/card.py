"""The verdict card of one request: which addresses count, and all that the template shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.access.requests import PortalRequest
from portal.addresses import Address, parse_address
from vpn.egress import queries
from vpn.egress.diagnosis import diagnosis_text, presence_text
from vpn.egress.person import PersonContext
from vpn.egress.texts import VERDICT_TEXTS, PathStop, body, heading, path
from vpn.egress.user_agent import operating_system
from vpn.egress.verdict import (
    EgressResult,
    KnownAddresses,
    RefinedVerdict,
    VerdictWithSource,
    judge,
    refine,
)
from vpn.endpoints.presence import PersonPresence

ARRIVAL: Final = "egress-arrival"
# How soon an open page asks for everything again. /egress.json tells it at once of a new verdict or a changed endpoint;
# what is left are this person's own things, and 5,000 people may have the page open.
REFRESH_SECONDS: Final = 120
# As long as something is about to turn up: AWS's list of connections is at most a minute behind.
SOON_SECONDS: Final = 20
THROUGH: Final = frozenset({EgressResult.VPN, EgressResult.VPN_V6})


@dataclass(frozen=True)
class VerdictCard:
    """What components/verdict.html takes.

    ``ip``, ``judgement`` and ``state``: what /egress.json answers to the same browser, for egress.js to compare.
    ``came_by``: the IP version of this request; 0: its address isn't known.
    """

    result: EgressResult
    ip: str
    judgement: VerdictWithSource
    state: str
    came_by: int
    tone: str
    heading: str
    body: str
    address: str
    address_label: str
    second_address: str
    path: list[PathStop]
    facts: list[str]
    checked_at: datetime
    refresh_seconds: int
    actions: list[dict[str, str | bool]]
    diagnosis: str


def card_for(request: PortalRequest, person: PersonContext) -> VerdictCard:
    """The verdict on the address of this request; ``v4`` and ``v6`` in the query only add the other IP version.

    The browser fetched them from the IPv4-only and IPv6-only check hosts. Anybody can write them into a URL, so they
    are shown to this person, recorded nowhere, and nothing is decided by them.
    """
    known = queries.known_addresses(person.endpoints)
    v4, v6 = _addresses(request)
    presence = _credible_presence(person.presence, since=_arrived_at(request))
    refined = refine(v4, v6, known=known, presence=presence)
    # Behind our own address there is no doubt that the connection is the present one.
    if refined.result in THROUGH:
        presence = person.presence
    computer = operating_system(request.headers.get("User-Agent", ""))
    text = VERDICT_TEXTS[refined.result]
    address = str(refined.address or "")
    diagnosis = diagnosis_text(request, person, refined, presence)
    return VerdictCard(
        result=refined.result,
        ip=str(request.client_address or ""),
        judgement=judge(request.client_address, known),
        state=known.state,
        came_by=request.client_address.version if request.client_address else 0,
        tone=text.tone,
        heading=heading(refined),
        body=body(refined),
        address=address,
        address_label=_address_label(refined),
        second_address=str(v6) if v4 and v6 else "",
        path=path(
            refined, computer=computer, endpoint=_expected_endpoint(known), fixed_ip=_expected_ip(known)
        ),
        facts=_facts(request, refined, presence),
        checked_at=timezone.localtime(),
        refresh_seconds=REFRESH_SECONDS if _is_settled(refined, presence) else SOON_SECONDS,
        actions=[
            {"label": _("Check again"), "url": reverse("egress"), "check": True},
            {"label": _("Copy diagnosis"), "copy_text": diagnosis},
        ],
        diagnosis=diagnosis,
    )


def _is_settled(refined: RefinedVerdict, presence: PersonPresence) -> bool:
    """Whether no news is expected: somebody in the office, or behind our address and listed as connected."""
    return refined.result is EgressResult.OFFICE or (refined.result in THROUGH and bool(presence.active))


def _arrived_at(request: PortalRequest) -> datetime:
    """Since when this browser has had its present address, as far as its session knows."""
    address = str(request.client_address)
    remembered = request.session.get(ARRIVAL, {})
    if remembered.get("address") != address:
        remembered = request.session[ARRIVAL] = {"address": address, "at": timezone.now().isoformat()}
    return datetime.fromisoformat(remembered["at"])


def _credible_presence(presence: PersonPresence, *, since: datetime) -> PersonPresence:
    """A connection that was last seen before the browser changed networks may be the one that was just ended."""
    if presence.active and (presence.seen_at is None or presence.seen_at < since):
        return replace(presence, active=None)
    return presence


def _addresses(request: PortalRequest) -> tuple[IPv4Address | None, IPv6Address | None]:
    # The request's own address comes first: what the query says of the same IP version never replaces it.
    addresses = [request.client_address, *(_from_query(request, name) for name in ("v4", "v6"))]
    v4 = next((address for address in addresses if isinstance(address, IPv4Address)), None)
    v6 = next((address for address in addresses if isinstance(address, IPv6Address)), None)
    return v4, v6


def _from_query(request: PortalRequest, name: str) -> Address | None:
    text = request.GET.get(name, "")
    # No IPv6 address is longer, in any notation.
    return parse_address(text) if len(text) <= 45 else None


def _address_label(refined: RefinedVerdict) -> str:
    if refined.result in THROUGH:
        return _("Fixed IP address")
    # A private or reserved address is nobody's public one.
    if refined.result is EgressResult.UNKNOWN:
        return _("Address that reached the portal")
    return _("Your public IP address")


def _expected_ip(known: KnownAddresses) -> str:
    return next((str(address) for address in known.egress), "")


def _expected_endpoint(known: KnownAddresses) -> str:
    return next(iter(known.egress.values()), "")


def _facts(request: PortalRequest, refined: RefinedVerdict, presence: PersonPresence) -> list[str]:
    """Three separate facts, never one "OK": signed in; on the VPN, as of when; the other IP version."""
    facts = [_("Signed in as %(name)s") % {"name": request.user}]
    facts.append(presence_text(presence))
    if refined.v4 and refined.v6:
        facts.append(_("IPv6 address %(address)s") % {"address": refined.v6})
    return facts
