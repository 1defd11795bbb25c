"""The destination: whether the endpoint's routes and rules lead there, the same from each of its zones.

Sources: Client VPN administrator guide, "Routes" (each associated subnet needs its own) and "Troubleshooting"
("a route for one associated subnet is missing": it works at times, since clients are spread by DNS).
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.addresses import parse_network
from portal.text import join_words
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import (
    Cause,
    CauseText,
    EvidenceLine,
    LayerId,
    LayerResult,
    LayerState,
    fails,
    unknown,
)
from vpn.diagnosis.base.progress import Reached
from vpn.directory.queries import group_names
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import is_stale
from vpn.reachability.questions import ReachAnswer, answer
from vpn.reachability.rules.evaluation import ReachOutcome
from vpn.reachability.texts import groups_line, network_text

ACTIVE: Final = "active"
NOT_FOR_THEM: Final = frozenset({ReachOutcome.NO_RULE, ReachOutcome.OTHER_GROUPS})
# Whatever the person calls about goes there, unless a rule is narrower.
EVERYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})
MOST: Final = 3

ROUTE_MISSING: Final = CauseText(
    sentence=gettext_lazy(
        "%(label)s has no route to %(destination)s from %(subnet)s, so it works at times only"
    ),
    tell=(
        gettext_lazy("%(destination)s is reached only by some connections to %(label)s right now."),
        gettext_lazy("Please disconnect and connect again, a few times if need be; I will have it mended."),
    ),
    administrator=gettext_lazy("Create the missing route."),
    operation="create-route",
)


NO_RULE: Final = CauseText(
    sentence=gettext_lazy("%(label)s lets the person connect, and lets none of the person's groups through"),
    tell=(
        gettext_lazy(
            "You are connected, but your account isn't allowed to reach anything through %(label)s."
        ),
        gettext_lazy("I will pass it on to the administrators, who check your groups."),
    ),
    administrator=gettext_lazy(
        "Add the person to a group that an authorization rule names, or authorize one of the person's groups."
    ),
    operation="authorize-ingress",
)


def check(facts: PersonFacts) -> LayerResult:
    endpoint = facts.endpoint
    if endpoint is None or facts.progress.reached < Reached.TUNNEL:
        return unknown(
            LayerId.DESTINATION, EvidenceLine(_("Nothing is tried before the person is connected."))
        )
    url = reverse("endpoint", args=[endpoint.endpoint_id])
    if is_stale(endpoint):
        line = EvidenceLine(_("AWS hasn't answered lately."), url, endpoint.seen_at)
        return unknown(LayerId.DESTINATION, line)
    shut_out = _shut_out(facts, endpoint)
    if shut_out:
        line = EvidenceLine(_no_rule_text(shut_out), url, endpoint.seen_at)
        groups = groups_line(shut_out[0], group_names())
        cause = Cause("no-rule", NO_RULE, {"label": endpoint.label}, {"endpoint": endpoint.endpoint_id})
        return fails(LayerId.DESTINATION, cause, line, groups)
    missing = _missing_routes(endpoint)
    if missing and not any(destination in EVERYWHERE for destination, _subnet in missing):
        # Who calls about something else isn't touched by it.
        lines = [
            EvidenceLine(
                _("No active route to %(destination)s from %(subnet)s")
                % {"destination": destination, "subnet": subnet},
                url,
                endpoint.seen_at,
            )
            for destination, subnet in missing[:MOST]
        ]
        return unknown(
            LayerId.DESTINATION, *lines, ask=_("Is it one site or system? Type its address below.")
        )
    if missing:
        destination, subnet = next(pair for pair in missing if pair[0] in EVERYWHERE)
        values = {"label": endpoint.label, "destination": destination, "subnet": subnet}
        cause = Cause(
            "route-missing",
            ROUTE_MISSING,
            values,
            {"endpoint": endpoint.endpoint_id, "destination_cidr": destination, "target_subnet": subnet},
        )
        text = _("No active route to %(destination)s from %(subnet)s") % values
        return fails(LayerId.DESTINATION, cause, EvidenceLine(text, url, endpoint.seen_at))
    text = _("Each zone has the same active routes.")
    return LayerResult(
        LayerId.DESTINATION,
        LayerState.HOLDS,
        [EvidenceLine(text, url, endpoint.seen_at)],
        ask=_("Is it one site or system? Type its address below."),
    )


def _shut_out(facts: PersonFacts, endpoint: Endpoint) -> list[ReachAnswer]:
    """The answers for all that the endpoint leads to, where its rules are for others everywhere; else empty."""
    # Traffic that came through was let through, whatever the groups are now.
    if facts.progress.reached >= Reached.EGRESS:
        return []
    routed = {route["destination_cidr"] for route in endpoint.routes if route.get("status") == ACTIVE}
    networks = [network for cidr in sorted(routed) if (network := parse_network(cidr)) is not None]
    answers = []
    for network in networks:
        answered = answer(facts, network)
        if answered is None or answered.reachability.outcome not in NOT_FOR_THEM:
            return []
        answers.append(answered)
    return answers


def _no_rule_text(answers: Sequence[ReachAnswer]) -> str:
    networks = join_words(network_text(found.reachability.destination) for found in answers[:MOST])
    return _("No authorization rule lets the person's groups through to %(networks)s.") % {
        "networks": networks
    }


def _missing_routes(endpoint: Endpoint) -> list[tuple[str, str]]:
    """Destinations that one associated subnet leads to and another doesn't."""
    associated = {
        network["subnet_id"]
        for network in endpoint.target_networks
        if network.get("status") == "associated" and network.get("subnet_id")
    }
    by_destination: dict[str, set[str]] = defaultdict(set)
    for route in endpoint.routes:
        # The VPC's own route comes with each association and differs where subnets of other VPCs are meant.
        if route.get("status") == ACTIVE and route.get("target_subnet"):
            by_destination[route["destination_cidr"]].add(route["target_subnet"])
    return [
        (destination, subnet)
        for destination, subnets in sorted(by_destination.items())
        for subnet in sorted(associated - subnets)
    ]
