"""Administrator guide, "Routes", "Authorization rules", "Split-tunnel" and "Troubleshooting", as a table of cases."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest

from vpn.aws.snapshots import AuthorizationRule, Route
from vpn.reachability.rules.evaluation import EndpointPaths, ReachOutcome, evaluate


def rule(destination: str, group: str = "", status: str = "active") -> AuthorizationRule:
    return AuthorizationRule(destination, group, access_all=not group, description="", status=status)


def route(destination: str, place: str = "", status: str = "active") -> Route:
    return Route(destination, place, "add-route", status)


A, B = "subnet-a", "subnet-b"
INTERNET = (route("0.0.0.0/0", A), route("0.0.0.0/0", B))
EVERYBODY = (rule("0.0.0.0/0"),)
STAFF = (rule("0.0.0.0/0", "staff"), rule("10.0.0.0/8", "engineers"))
OUTCOME = ReachOutcome


def paths(
    rules: Sequence[AuthorizationRule] = EVERYBODY, routes: Sequence[Route] = INTERNET, **changes: Any
) -> EndpointPaths:
    fields: dict[str, Any] = {"rules": rules, "routes": routes, "places": (A, B), "split_tunnel": False}
    return EndpointPaths(**(fields | changes))


SPLIT = paths(routes=(route("10.0.0.0/8", A), route("10.0.0.0/8", B)), split_tunnel=True)
CASES = [
    (paths(), "192.0.2.1", OUTCOME.ALLOWED),
    # Rules: none, not active, for others, several of one destination, the last resort
    (paths(()), "192.0.2.1", OUTCOME.NO_RULE),
    (paths([rule("0.0.0.0/0", "staff", "authorizing")]), "192.0.2.1", OUTCOME.NO_RULE),
    (paths([rule("10.0.0.0/8", "staff")]), "192.0.2.1", OUTCOME.NO_RULE),
    (paths(STAFF), "10.1.2.3", OUTCOME.OTHER_GROUPS),
    (paths(STAFF), "192.0.2.1", OUTCOME.ALLOWED),
    (paths([*STAFF, rule("10.0.0.0/8", "staff")]), "10.1.2.3", OUTCOME.ALLOWED),
    (paths([*STAFF, rule("10.1.0.0/16")]), "10.1.2.3", OUTCOME.ALLOWED),
    (paths([rule("128.0.0.0/1", "engineers"), *EVERYBODY]), "192.0.2.1", OUTCOME.OTHER_GROUPS),
    (paths([rule("10.0.0.0/8", "engineers", "revoking"), *EVERYBODY]), "10.1.2.3", OUTCOME.ALLOWED),
    (paths([rule("pl-0a1b2c3d"), *EVERYBODY]), "10.1.2.3", OUTCOME.ALLOWED),
    # Routes: none, of one place only, not active in one, narrower in one, of the transit gateway, between clients
    (paths(routes=()), "192.0.2.1", OUTCOME.NO_ROUTE),
    (paths(routes=INTERNET[:1]), "192.0.2.1", OUTCOME.AT_TIMES),
    (paths(routes=[INTERNET[0], route("0.0.0.0/0", B, "creating")]), "192.0.2.1", OUTCOME.AT_TIMES),
    (paths(routes=[*INTERNET, route("10.0.0.0/8", A)]), "10.1.2.3", OUTCOME.ALLOWED),
    (paths(routes=[route("10.0.0.0/8")], places=("1a", "1c")), "10.1.2.3", OUTCOME.ALLOWED),
    (paths(routes=[route("10.0.0.0/8", "local")]), "10.1.2.3", OUTCOME.ALLOWED),
    (paths(routes=[route("0.0.0.0/0", "subnet-gone")]), "192.0.2.1", OUTCOME.NO_ROUTE),
    (paths(places=()), "192.0.2.1", OUTCOME.NO_PLACE),
    # A missing route is no reason where the rules shut out already.
    (paths(STAFF, routes=INTERNET[:1]), "10.1.2.3", OUTCOME.OTHER_GROUPS),
    # Split tunnel, and the other IP version
    (SPLIT, "10.1.2.3", OUTCOME.ALLOWED),
    (SPLIT, "192.0.2.1", OUTCOME.PAST_VPN),
    (paths((), routes=(), split_tunnel=True), "192.0.2.1", OUTCOME.PAST_VPN),
    (paths(routes=[route("10.0.0.0/8", A)], split_tunnel=True), "10.1.2.3", OUTCOME.AT_TIMES),
    (paths(), "2001:db8::1", OUTCOME.PAST_VPN),
    (paths(traffic="dual-stack"), "2001:db8::1", OUTCOME.NO_RULE),
    (
        paths([rule("::/0", "staff")], [route("::/0", A), route("::/0", B)], traffic="ipv6"),
        "2001:db8::1",
        OUTCOME.ALLOWED,
    ),
    (paths(traffic="ipv6"), "192.0.2.1", OUTCOME.PAST_VPN),
    # Networks
    (paths(STAFF), "0.0.0.0/0", OUTCOME.PARTLY),
    (paths(STAFF), "10.0.0.0/16", OUTCOME.OTHER_GROUPS),
    (paths([rule("10.0.0.0/24", "engineers")]), "10.0.0.0/16", OUTCOME.NONE),
    (paths([rule("10.0.0.0/17"), rule("10.0.128.0/17")]), "10.0.0.0/16", OUTCOME.ALLOWED),
    (paths(routes=[*INTERNET[:1], route("10.1.0.0/16", B)]), "10.0.0.0/8", OUTCOME.AT_TIMES),
    (SPLIT, "0.0.0.0/0", OUTCOME.PARTLY),
]


@pytest.mark.parametrize(("endpoint", "destination", "outcome"), CASES)
def test_what_becomes_of_traffic_of_staff(
    endpoint: EndpointPaths, destination: str, outcome: ReachOutcome
) -> None:
    assert evaluate(endpoint, ip_network(destination), groups=["staff"]).outcome is outcome


@pytest.mark.parametrize(
    ("rules", "destination", "outcome"),
    [
        (STAFF, "192.0.2.1", OUTCOME.UNKNOWN),
        (EVERYBODY, "192.0.2.1", OUTCOME.ALLOWED),
        ((), "192.0.2.1", OUTCOME.NO_RULE),
        ([*EVERYBODY, rule("10.0.0.0/8", "staff")], "0.0.0.0/0", OUTCOME.UNKNOWN),
    ],
)
def test_unknown_groups_matter_only_where_a_rule_names_one(
    rules: Sequence[AuthorizationRule], destination: str, outcome: ReachOutcome
) -> None:
    assert evaluate(paths(rules), ip_network(destination), groups=None).outcome is outcome


def test_it_says_which_rule_and_which_routes() -> None:
    waiting = rule("10.1.0.0/16", "staff", "authorizing")
    endpoint = paths([*STAFF, waiting], [*INTERNET, route("10.0.0.0/8", A)])
    (region,) = evaluate(endpoint, ip_network("10.1.2.3"), groups=["staff"]).regions
    assert (region.rules, region.outranked, region.pending) == ((STAFF[1],), (STAFF[0],), (waiting,))
    assert [found.route and found.route.destination_cidr for found in region.routes] == [
        "10.0.0.0/8",
        "0.0.0.0/0",
    ]


def test_the_parts_of_a_network_are_those_that_rules_and_routes_tell_apart() -> None:
    regions = evaluate(paths(STAFF), ip_network("0.0.0.0/0"), groups=["staff"]).regions
    assert [(str(region.network), region.outcome) for region in regions] == [
        ("0.0.0.0/0", OUTCOME.ALLOWED),
        ("10.0.0.0/8", OUTCOME.OTHER_GROUPS),
    ]
    assert [str(network) for network in regions[0].excluded] == ["10.0.0.0/8"]
