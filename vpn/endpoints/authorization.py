"""Who may use an endpoint, by AWS's own evaluation of authorization rules. No input or output here.

AWS denies by default; of the rules that cover a destination the longest prefix decides, and ``0.0.0.0/0`` is tried
last, so a narrower rule for another group can shut out a person who has only ``0.0.0.0/0`` (Client VPN
administrator guide, "Troubleshooting: authorization rules ... not working as expected").
AWS reads 200 groups of a person at most; which ones it doesn't say, so none is left out here.
"""

from collections.abc import Collection, Iterable
from ipaddress import ip_network

from portal.addresses import Address
from vpn.aws.snapshots import AuthorizationRule


def rules_for(rules: Iterable[AuthorizationRule], *, groups: Iterable[str]) -> list[AuthorizationRule]:
    """The active rules that let somebody in these groups in. None: the endpoint is of no use to this person."""
    held = frozenset(groups)
    return [rule for rule in rules if rule.status == "active" and _is_for(rule, held)]


def reaches(rules: Iterable[AuthorizationRule], destination: Address, *, groups: Iterable[str]) -> bool:
    """Whether traffic of somebody in these groups to ``destination`` is let through."""
    held = frozenset(groups)
    covering = [rule for rule in rules if rule.status == "active" and _covers(rule, destination)]
    if not covering:
        return False
    # Several rules of the same destination add up: AWS allows whoever any of them allows.
    longest = max(ip_network(rule.destination_cidr, strict=False).prefixlen for rule in covering)
    return any(
        _is_for(rule, held)
        for rule in covering
        if ip_network(rule.destination_cidr, strict=False).prefixlen == longest
    )


def _is_for(rule: AuthorizationRule, groups: Collection[str]) -> bool:
    return rule.access_all or rule.group_id in groups


def _covers(rule: AuthorizationRule, destination: Address) -> bool:
    try:
        network = ip_network(rule.destination_cidr, strict=False)
    except ValueError:
        # A destination in a notation that we don't know covers nothing, rather than breaking everybody's page.
        return False
    return network.version == destination.version and destination in network
