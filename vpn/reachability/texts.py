"""The answer to "Why can't I reach …?" in words: one sentence, and the lines that it rests on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.text import join_sentences, join_words, with_label, with_note
from vpn.aws.snapshots import AuthorizationRule
from vpn.diagnosis.base.layer import EvidenceLine
from vpn.directory.queries import GroupNames
from vpn.endpoints.queries import is_stale
from vpn.reachability.questions import GroupsSource, ReachAnswer
from vpn.reachability.rules.evaluation import PlaceRoute, ReachOutcome, ReachRegion
from vpn.reachability.rules.paths import FEDERATED

SENTENCES: Final[dict[ReachOutcome, Promise]] = {
    ReachOutcome.ALLOWED: gettext_lazy("%(label)s lets the person through to %(destination)s."),
    ReachOutcome.AT_TIMES: gettext_lazy(
        "%(label)s lets the person through to %(destination)s at times only: %(places)s has no active route to it."
    ),
    ReachOutcome.PARTLY: gettext_lazy("%(label)s lets the person through to a part of %(destination)s only."),
    ReachOutcome.NO_RULE: gettext_lazy(
        "%(label)s lets nobody through to %(destination)s: it has no active authorization rule for it."
    ),
    ReachOutcome.OTHER_GROUPS: gettext_lazy(
        "%(label)s doesn't let the person through to %(destination)s: the authorization rule that decides is for "
        "other groups."
    ),
    ReachOutcome.NO_ROUTE: gettext_lazy(
        "%(label)s has no active route to %(destination)s, so nobody reaches it there."
    ),
    ReachOutcome.NO_PLACE: gettext_lazy(
        "%(label)s has no associated network, so nobody reaches %(destination)s through it."
    ),
    ReachOutcome.PAST_VPN: gettext_lazy(
        "Traffic to %(destination)s goes past %(label)s, without the fixed IP address."
    ),
    ReachOutcome.NONE: gettext_lazy("The person reaches no part of %(destination)s through %(label)s."),
    ReachOutcome.UNKNOWN: gettext_lazy(
        "Whether %(label)s lets the person through to %(destination)s isn't known: it depends on the person's groups."
    ),
}
TONES: Final[dict[ReachOutcome, str]] = {
    ReachOutcome.ALLOWED: "ok",
    ReachOutcome.AT_TIMES: "warn",
    ReachOutcome.PARTLY: "warn",
    # Often meant so, which the portal can't tell
    ReachOutcome.PAST_VPN: "warn",
    ReachOutcome.UNKNOWN: "unknown",
}
BADGES: Final[dict[str, Promise]] = {
    "ok": gettext_lazy("Let through"),
    "warn": gettext_lazy("Not always, or not all"),
    "out": gettext_lazy("Not reached"),
    "unknown": gettext_lazy("Not known"),
}
# An endpoint may have 200 rules, and a person 200 groups.
MOST_REGIONS: Final = 8
MOST_GROUPS: Final = 10


@dataclass(frozen=True)
class ReachTexts:
    """``tone`` and ``badge`` as components/badge.html takes them."""

    tone: str
    badge: str
    sentence: str
    evidence: Sequence[EvidenceLine] = ()


def no_endpoint_texts() -> ReachTexts:
    """Nothing tells which endpoint is meant."""
    text = _("Not known: nothing tells which endpoint the person uses, or AWS no longer has it.")
    return ReachTexts("unknown", str(BADGES["unknown"]), text)


def answer_texts(answer: ReachAnswer, names: GroupNames) -> ReachTexts:
    reachability = answer.reachability
    tone = TONES.get(reachability.outcome, "out")
    stale = is_stale(answer.endpoint)
    return ReachTexts(
        # What was true an hour ago is never green now.
        tone="unknown" if stale else tone,
        badge=_("Past the VPN") if reachability.outcome is ReachOutcome.PAST_VPN else str(BADGES[tone]),
        sentence=str(SENTENCES[reachability.outcome])
        % {
            "label": answer.endpoint.label,
            "destination": network_text(reachability.destination),
            "places": join_words(_places_without_route(answer)),
        },
        evidence=[
            *(_stale_line(answer) if stale else ()),
            *_region_lines(answer, names),
            groups_line(answer, names),
            _not_looked_at(),
        ],
    )


def network_text(network: object) -> str:
    """A network of one address as the address, since that is what was asked for."""
    return str(network).removesuffix("/32") if "." in str(network) else str(network).removesuffix("/128")


def _stale_line(answer: ReachAnswer) -> Iterator[EvidenceLine]:
    text = _("AWS hasn't answered lately: rules and routes may have changed since.")
    yield EvidenceLine(text, seen_at=answer.endpoint.seen_at)


def _region_lines(answer: ReachAnswer, names: GroupNames) -> Iterator[EvidenceLine]:
    url, seen_at = reverse("endpoint", args=[answer.endpoint.endpoint_id]), answer.endpoint.seen_at
    regions = answer.reachability.regions
    for region in regions[:MOST_REGIONS]:
        for text in (_rule_text(region, names), *_route_texts(region, answer), *_more_texts(region, names)):
            label = _region_label(region) if len(regions) > 1 else ""
            yield EvidenceLine(with_label(label, text) if label else text, url, seen_at)
    if len(regions) > MOST_REGIONS:
        left = _("%(count)s more parts with rules or routes of their own aren't shown.")
        yield EvidenceLine(left % {"count": len(regions) - MOST_REGIONS}, url)


def _region_label(region: ReachRegion) -> str:
    return with_note(network_text(region.network), _("the rest of it") if region.excluded else "")


def _rule_text(region: ReachRegion, names: GroupNames) -> str:
    if region.outcome is ReachOutcome.PAST_VPN:
        return _("Authorization rules don't matter, since the traffic doesn't go through the VPN.")
    if not region.rules:
        return _("No active authorization rule covers it, and AWS refuses what no rule allows.")
    text = _("The authorization rule that decides, by the longest prefix: %(network)s for %(groups)s")
    return text % {"network": region.rules[0].destination_cidr, "groups": _for_whom(region.rules, names)}


def _for_whom(rules: Iterable[AuthorizationRule], names: GroupNames) -> str:
    return join_words(_("everybody") if rule.access_all else names.label(rule.group_id) for rule in rules)


def _more_texts(region: ReachRegion, names: GroupNames) -> Iterator[str]:
    """What a person would take for a way in, and isn't."""
    if region.outcome not in {ReachOutcome.OTHER_GROUPS, ReachOutcome.NO_RULE}:
        return
    for rule in region.outranked:
        text = _("%(network)s for %(groups)s doesn't count: a narrower rule comes before it.")
        yield text % {"network": rule.destination_cidr, "groups": _for_whom([rule], names)}
    for rule in region.pending:
        text = _("%(network)s for %(groups)s doesn't count: its status is %(status)s, not active.")
        yield text % {
            "network": rule.destination_cidr,
            "groups": _for_whom([rule], names),
            "status": rule.status,
        }


def _route_texts(region: ReachRegion, answer: ReachAnswer) -> Iterator[str]:
    """One for each route, with the places that have it; clients are spread over the places."""
    if not answer.carried:
        yield _("The endpoint doesn't carry IPv%(version)s.") % {"version": region.network.version}
        return
    if region.outcome is ReachOutcome.PAST_VPN:
        yield _("The endpoint is a split tunnel, and has no active route to it.")
        return
    for destination, routes in groupby(sorted(region.routes, key=_destination), key=_destination):
        values = {
            "network": destination,
            "places": join_words(_place(answer, route.place) for route in routes),
        }
        text = _("Route %(network)s from %(places)s") if destination else _("No active route from %(places)s")
        yield text % values


def _destination(route: PlaceRoute) -> str:
    return route.route.destination_cidr if route.route else ""


def _places_without_route(answer: ReachAnswer) -> list[str]:
    places = {
        route.place: None
        for region in answer.reachability.regions
        for route in region.routes
        if route.route is None
    }
    return [_place(answer, place) for place in places]


def _place(answer: ReachAnswer, place: str) -> str:
    """A subnet with its zone, as far as the account's subnets were read."""
    subnets = answer.endpoint.account.subnets
    zone = next((row["zone_name"] for row in subnets if row["subnet_id"] == place), "")
    return with_note(place, zone)


def groups_line(answer: ReachAnswer, names: GroupNames) -> EvidenceLine:
    seen = answer.seen
    if seen.source is GroupsSource.NOBODY:
        text = _("Neither the VPN nor a sign-in to this portal has told the groups that the rules go by.")
        # Where the endpoint doesn't go by SAML groups, a sign-in to the portal tells nothing.
        by_saml = FEDERATED in answer.endpoint.authentication
        ask = _("Ask the person to sign in to this portal, then look again.") if by_saml else ""
        return EvidenceLine(join_sentences(text, ask))
    labels = [names.label(group) for group in (seen.groups or ())]
    shown = join_words(labels[:MOST_GROUPS]) or _("none")
    if len(labels) > MOST_GROUPS:
        shown = _("%(groups)s and %(count)s more") % {
            "groups": shown,
            "count": len(labels) - MOST_GROUPS,
        }
    title = {
        GroupsSource.VPN: _("Groups that the VPN saw at the newest attempt"),
        GroupsSource.SIGN_IN: _("Groups of the last sign-in to this portal; the VPN may have seen others"),
    }[seen.source]
    return EvidenceLine(with_label(title, shown), seen_at=seen.at)


def _not_looked_at() -> EvidenceLine:
    return EvidenceLine(
        _(
            "Not looked at: security groups, network ACLs, the route tables behind the endpoint, and the "
            "destination's own firewall."
        )
    )
