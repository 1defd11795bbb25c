"""Who gains and who loses access to which networks, by AWS's own evaluation of rules: pure.

The longest prefix that covers a destination decides, and ``0.0.0.0/0`` comes last (vpn/endpoints/authorization.py). So
a rule for one group can take access from another. People have the groups of their last sign-in to the portal; the
endpoint goes by those of the sign-in to the VPN, and reads 200 of them at most.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.addresses import Network
from vpn.aws.snapshots import AuthorizationRule
from vpn.operations.plan.configuration import EndpointConfiguration, contains, parse_network, rule_keys
from vpn.operations.plan.consequences import Consequence, ConsequenceId, Tone, join_people


@dataclass(frozen=True)
class AccessPerson:
    username: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class AccessChange:
    """``network`` without the narrower networks in ``but``, which other rules decide about."""

    network: str
    but: tuple[str, ...]
    gained: tuple[AccessPerson, ...]
    lost: tuple[AccessPerson, ...]


def access_changes(
    before: Sequence[AuthorizationRule], after: Sequence[AuthorizationRule], people: Iterable[AccessPerson]
) -> tuple[AccessChange, ...]:
    """One entry a network for which somebody's access changes, the widest first."""
    then, now = _by_network(before), _by_network(after)
    by_groups: dict[frozenset[str], list[AccessPerson]] = defaultdict(list)
    for person in people:
        by_groups[person.groups].append(person)
    found = (_change(network, then, now, by_groups) for network in _regions({*then, *now}))
    return tuple(one for one in found if one.gained or one.lost)


def access_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration, people: Sequence[AccessPerson]
) -> tuple[Consequence, ...]:
    """Nothing, where no rule changes, unless the endpoint comes to have no subnet, or to have one again."""
    if rule_keys(before.rules) == rule_keys(after.rules):
        return _all_or_none(before, after, people)
    changes = access_changes(before.rules, after.rules, people)
    gained = [
        _finding(ConsequenceId.ACCESS_GAINED, Tone.INFO, one, one.gained) for one in changes if one.gained
    ]
    lost = [_lost(one, before, after) for one in changes if one.lost]
    nothing = [] if changes else [Consequence(ConsequenceId.ACCESS_UNCHANGED, Tone.INFO)]
    return (*lost, *gained, *nothing, Consequence(ConsequenceId.ACCESS_BY_LAST_SIGN_IN, Tone.INFO))


def _all_or_none(
    before: EndpointConfiguration, after: EndpointConfiguration, people: Sequence[AccessPerson]
) -> tuple[Consequence, ...]:
    """Without a subnet nobody can connect, whatever the rules say."""
    if bool(before.subnets) == bool(after.subnets):
        return ()
    by_rules = access_changes((), after.rules, people)
    reaching = list({one.username: one for change in by_rules for one in change.gained}.values())
    if not reaching:
        return (
            Consequence(ConsequenceId.ACCESS_UNCHANGED, Tone.INFO),
            Consequence(ConsequenceId.ACCESS_BY_LAST_SIGN_IN, Tone.INFO),
        )
    what, tone = (
        (ConsequenceId.ACCESS_STARTS, Tone.INFO) if after.subnets else (ConsequenceId.ACCESS_STOPS, Tone.OUT)
    )
    found = _finding(what, tone, AccessChange("", (), (), ()), reaching)
    return (found, Consequence(ConsequenceId.ACCESS_BY_LAST_SIGN_IN, Tone.INFO))


def _lost(change: AccessChange, before: EndpointConfiguration, after: EndpointConfiguration) -> Consequence:
    """Shadowed: no rule that let them in is taken away; one for somebody else, which is added, is narrower."""
    gone = [one for one in before.rules if rule_keys([one]) - rule_keys(after.rules)]
    theirs = any(_lets_in(gone, person.groups) for person in change.lost)
    return _finding(
        ConsequenceId.ACCESS_LOST if theirs else ConsequenceId.ACCESS_SHADOWED, Tone.OUT, change, change.lost
    )


def _finding(
    what: ConsequenceId, tone: Tone, change: AccessChange, people: Sequence[AccessPerson]
) -> Consequence:
    names = sorted(one.name or one.username for one in people)
    values = {"network": change.network, "count": len(people), "names": join_people(names)}
    return Consequence(what, tone, values, tuple(sorted(one.username for one in people)))


Rules = dict[Network, list[AuthorizationRule]]


def _by_network(rules: Iterable[AuthorizationRule]) -> Rules:
    found: Rules = defaultdict(list)
    for rule in rules:
        network = parse_network(rule.destination_cidr)
        if network is not None:
            found[network].append(rule)
    return found


def _regions(networks: Iterable[Network]) -> list[tuple[Network, tuple[Network, ...]]]:
    """Each network with the largest ones inside it; CIDR blocks lie in each other or apart, never across."""
    ordered = sorted(networks, key=lambda one: (one.version, one.prefixlen, int(one.network_address)))
    return [(one, _inside(one, ordered)) for one in ordered]


def _inside(outer: Network, ordered: Sequence[Network]) -> tuple[Network, ...]:
    """``ordered`` has wider ones first, so what lies in one that was taken needn't be."""
    taken: list[Network] = []
    for one in ordered:
        if one != outer and contains(outer, one) and not any(contains(other, one) for other in taken):
            taken.append(one)
    return tuple(taken)


def _change(
    region: tuple[Network, tuple[Network, ...]],
    then: Rules,
    now: Rules,
    by_groups: dict[frozenset[str], list[AccessPerson]],
) -> AccessChange:
    network, inside = region
    but = tuple(str(one) for one in inside)
    if sum(one.num_addresses for one in inside) == network.num_addresses:
        return AccessChange(str(network), but, (), ())
    gained: list[AccessPerson] = []
    lost: list[AccessPerson] = []
    rules_then, rules_now = _deciding(network, then), _deciding(network, now)
    for groups, people in by_groups.items():
        had, has = _lets_in(rules_then, groups), _lets_in(rules_now, groups)
        if had != has:
            (gained if has else lost).extend(people)
    return AccessChange(str(network), but, tuple(gained), tuple(lost))


def _deciding(network: Network, rules: Rules) -> Sequence[AuthorizationRule]:
    """Those with the longest prefix that covers all of it."""
    covering = [one for one in rules if contains(one, network)]
    return rules[max(covering, key=lambda one: one.prefixlen)] if covering else ()


def _lets_in(rules: Iterable[AuthorizationRule], groups: frozenset[str]) -> bool:
    return any(one.access_all or one.group_id in groups for one in rules)
