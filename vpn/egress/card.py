"""The verdict card of one request: which addresses count, and all that the template shows."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.access.requests import PortalRequest
from portal.addresses import Address, parse_address
from vpn.egress import queries
from vpn.egress.diagnosis import diagnosis_text, presence_text
from vpn.egress.explanation import CardAction, Explanation, FailureCause, check_again, copy_diagnosis, explain
from vpn.egress.path import PathFacts, PathStop, path
from vpn.egress.person import PersonContext
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
# While something is about to turn up: AWS's list of connections is at most a minute behind, the log less. Not for
# longer: while AWS doesn't answer at all, everybody's connection is unknown.
SOON_SECONDS: Final = 20
SOON_FOR: Final = timedelta(minutes=3)
THROUGH: Final = frozenset({EgressResult.VPN, EgressResult.VPN_V6})


@dataclass(frozen=True)
class VerdictCard:
    """What components/verdict.html takes.

    ``ip``, ``judgement`` and ``state``: what /egress.json answers to the same browser, for egress.js to compare.
    ``came_by``: the IP version of this request; 0: its address isn't known. ``presence``: whether the person is
    connected, as far as this browser shows; what else is on the page must not say otherwise.
    """

    result: EgressResult
    ip: str
    judgement: VerdictWithSource
    state: str
    came_by: int
    explanation: Explanation
    presence: PersonPresence
    address: str
    address_label: str
    second_address: str
    path: list[PathStop]
    facts: list[str]
    checked_at: datetime
    refresh_seconds: int
    actions: list[CardAction]
    diagnosis: str


def card_for(
    request: PortalRequest, person: PersonContext, *, cause: FailureCause | None = None
) -> VerdictCard:
    """The verdict on the address of this request; ``v4`` and ``v6`` in the query only add the other IP version.

    The browser fetched them from the IPv4-only and IPv6-only check hosts. Anybody can write them into a URL, so they
    are shown to this person, recorded nowhere, and nothing is decided by them. ``cause``: of an attempt that failed
    just now, as far as it is known.
    """
    verdict = _judge_browser(request, person)
    user_agent = request.headers.get("User-Agent", "")
    diagnosis = diagnosis_text(request, person, verdict.refined, verdict.presence)
    explanation = explain(
        verdict.refined,
        person,
        presence=verdict.presence,
        system=operating_system(user_agent),
        diagnosis=diagnosis,
        cause=cause,
    )
    return VerdictCard(
        result=verdict.refined.result,
        ip=str(request.client_address or ""),
        judgement=judge(request.client_address, verdict.known),
        state=verdict.known.state,
        came_by=request.client_address.version if request.client_address else 0,
        explanation=explanation,
        presence=verdict.presence,
        address=str(verdict.refined.address or ""),
        address_label=_address_label(verdict.refined),
        second_address=verdict.second_address,
        path=path(verdict.refined, _path_facts(person, explanation, user_agent)),
        facts=_facts(request, verdict.refined, verdict.presence),
        checked_at=timezone.localtime(),
        refresh_seconds=SOON_SECONDS if verdict.is_news_expected else REFRESH_SECONDS,
        actions=[
            action for action in (check_again(), copy_diagnosis(diagnosis)) if action != explanation.primary
        ],
        diagnosis=diagnosis,
    )


@dataclass(frozen=True)
class BrowserVerdict:
    """``presence``: as far as this browser shows. ``since``: when it got its present address.

    ``second_address``: the IPv6 address beside an IPv4 address, or empty.
    """

    known: KnownAddresses
    refined: RefinedVerdict
    presence: PersonPresence
    second_address: str
    since: datetime

    @property
    def is_news_expected(self) -> bool:
        """Just connected and not listed yet, or just disconnected and still listed."""
        is_behind = self.refined.result in THROUGH and not self.presence.active
        is_unclear = self.refined.result is EgressResult.OUTSIDE_UNKNOWN
        return (is_behind or is_unclear) and timezone.now() - self.since < SOON_FOR


def _judge_browser(request: PortalRequest, person: PersonContext) -> BrowserVerdict:
    known = queries.known_addresses(person.endpoints)
    v4, v6 = _addresses(request)
    arrived_at = _arrived_at(request)
    presence = _credible_presence(person.presence, since=arrived_at)
    refined = refine(v4, v6, known=known, presence=presence)
    # Behind our own address there is no doubt that the connection is the present one.
    if refined.result in THROUGH:
        presence = person.presence
    return BrowserVerdict(known, refined, presence, str(v6) if v4 and v6 else "", arrived_at)


def _path_facts(person: PersonContext, explanation: Explanation, user_agent: str) -> PathFacts:
    """What this person would connect to is the first of the profiles, which are in the order of their use."""
    endpoint = explanation.trouble.endpoint if explanation.trouble else next(iter(person.allowed), None)
    return PathFacts(
        user_agent=user_agent,
        endpoint=endpoint.label if endpoint else "",
        fixed_ip=next(iter(endpoint.egress_ips), "") if endpoint and not endpoint.split_tunnel else "",
        device_ip=person.device_ip,
        trouble=explanation.trouble.trouble if explanation.trouble else None,
        failed=explanation.failure is not None,
    )


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
    if refined.result is EgressResult.FORMER:
        return _("Fixed IP address until lately")
    # A private or reserved address is nobody's public one.
    if refined.result is EgressResult.UNKNOWN:
        return _("Address that reached the portal")
    return _("Your public IP address")


def _facts(request: PortalRequest, refined: RefinedVerdict, presence: PersonPresence) -> list[str]:
    """Three separate facts, never one "OK": signed in; on the VPN, as of when; the other IP version."""
    facts = [_("Signed in as %(name)s") % {"name": request.user}]
    # AWS lists a connection up to a minute after it is there.
    is_being_read = refined.result in THROUGH and not presence.active
    facts.append(
        _("VPN connection: being checked (takes up to a minute)")
        if is_being_read
        else presence_text(presence)
    )
    if refined.v4 and refined.v6:
        facts.append(_("IPv6 address %(address)s") % {"address": refined.v6})
    return facts
