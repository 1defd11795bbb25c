"""Who may use an endpoint, by AWS's own evaluation of authorization rules. No input or output here.

AWS denies by default; of the rules that cover a destination the longest prefix decides, and ``0.0.0.0/0`` is tried
last, so a narrower rule for another group can shut out a person who has only ``0.0.0.0/0`` (Client VPN
administrator guide, "Troubleshooting: authorization rules ... not working as expected").
AWS reads 200 groups of a person at most; which ones it doesn't say, so none is left out here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from ipaddress import ip_network

from portal.addresses import Address, Network, contains, parse_network
from vpn.aws.snapshots import AuthorizationRule


def rules_for(rules: Iterable[AuthorizationRule], *, groups: Iterable[str]) -> list[AuthorizationRule]:
    """The active rules that let somebody in these groups in. None: the endpoint is of no use to this person."""
    held = frozenset(groups)
    return [rule for rule in rules if rule.status == "active" and _is_for(rule, held)]


def reaches(rules: Iterable[AuthorizationRule], destination: Address, *, groups: Iterable[str]) -> bool:
    """Whether traffic of somebody in these groups to ``destination`` is let through."""
    return permits(deciding_rules(rules, ip_network(destination)), groups=groups)


def deciding_rules(rules: Iterable[AuthorizationRule], destination: Network) -> list[AuthorizationRule]:
    """The active rules of the longest prefix that covers all of ``destination``, whoever they are for.

    Narrower rules inside it are left out: they decide about their own part of it.
    """
    return longest_match(rules_by_network(rule for rule in rules if rule.status == "active"), destination)


def rules_by_network(rules: Iterable[AuthorizationRule]) -> dict[Network, list[AuthorizationRule]]:
    """For whoever asks about many destinations: each rule's notation is read once. Whatever the rules' status is."""
    by_network: dict[Network, list[AuthorizationRule]] = defaultdict(list)
    for rule in rules:
        # A destination in a notation that we don't know covers nothing, rather than breaking everybody's page.
        if (network := parse_network(rule.destination_cidr)) is not None:
            by_network[network].append(rule)
    return by_network


def longest_match(
    by_network: Mapping[Network, list[AuthorizationRule]], destination: Network
) -> list[AuthorizationRule]:
    """As deciding_rules, of rules that rules_by_network has sorted."""
    covering = [network for network in by_network if contains(network, destination)]
    return by_network[max(covering, key=lambda network: network.prefixlen)] if covering else []


def permits(deciding: Iterable[AuthorizationRule], *, groups: Iterable[str]) -> bool:
    """Several rules of the same destination add up: AWS allows whoever any of them allows."""
    held = frozenset(groups)
    return any(_is_for(rule, held) for rule in deciding)


def _is_for(rule: AuthorizationRule, groups: Collection[str]) -> bool:
    return rule.access_all or rule.group_id in groups
