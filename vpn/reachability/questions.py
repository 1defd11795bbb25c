"""The question of one person: the endpoint as its snapshot has it, and the groups that the answer rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.addresses import Network
from vpn.diagnosis.base.facts import PersonFacts
from vpn.endpoints.models import Endpoint
from vpn.reachability.rules.evaluation import Reachability, evaluate
from vpn.reachability.rules.paths import FEDERATED, endpoint_paths


class GroupsSource(StrEnum):
    """VPN: the connect handler's line of the newest attempt. SIGN_IN: the last sign-in to the portal."""

    VPN = "vpn"
    SIGN_IN = "sign-in"
    NOBODY = "nobody"


@dataclass(frozen=True)
class SeenGroups:
    """``groups`` None: not known; ``at``: when they were seen."""

    source: GroupsSource
    groups: Sequence[str] | None
    at: datetime | None


@dataclass(frozen=True)
class ReachAnswer:
    """``carried``: whether traffic of the destination's IP version goes into the tunnel at all."""

    endpoint: Endpoint
    seen: SeenGroups
    reachability: Reachability
    carried: bool


def answer(facts: PersonFacts, destination: Network) -> ReachAnswer | None:
    """None: nothing tells which endpoint the person uses, or AWS no longer has it."""
    endpoint = facts.endpoint
    if endpoint is None or endpoint.vanished_at is not None:
        return None
    seen = seen_groups(facts, endpoint)
    paths = endpoint_paths(endpoint)
    found = evaluate(paths, destination, groups=seen.groups)
    return ReachAnswer(endpoint, seen, found, carried=paths.carries(destination))


def seen_groups(facts: PersonFacts, endpoint: Endpoint) -> SeenGroups:
    """What the VPN saw comes first: AWS decides by the groups of the sign-in to the VPN, not of that to the portal."""
    handler = facts.handler
    # An empty list is also what a line without groups leaves (vpn/connect_attempts/log_line.py).
    if handler is not None and handler.groups and handler.endpoint_id == endpoint.endpoint_id:
        return SeenGroups(GroupsSource.VPN, handler.groups, handler.at)
    # With Active Directory, rules name SIDs, and with certificates alone AWS sees no groups: those of a SAML sign-in
    # to the portal say nothing there.
    if facts.user is not None and FEDERATED in endpoint.authentication:
        return SeenGroups(GroupsSource.SIGN_IN, facts.user.groups, facts.user.last_login)
    return SeenGroups(GroupsSource.NOBODY, None, None)
