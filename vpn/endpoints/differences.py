"""What differs between two snapshots of an endpoint: pure.

AWS's own transitions (associating → associated) are no differences, and neither is what AWS makes and takes away with
an association.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from vpn.endpoints.egress import SUBNET_REASONS, EgressReason
from vpn.endpoints.models import ChangedPart, Endpoint

Fields = dict[str, Any]

# An item in one of these states is no longer in effect, or never was.
FAILED: Final = frozenset({"failed", "association-failed"})
GONE: Final = frozenset({"deleting", "deleted", "revoking", "disassociating", "disassociated"}) | FAILED
# Of AWS's answers about an item: how far it is, not what somebody asked for.
AWS_S_OWN: Final = frozenset({"status", "message"})
# What AWS sets and takes away together with the first and the last association.
BOUND_BY_AWS: Final = frozenset({"VpcId", "SecurityGroupIds"})
# With one of these the way to the internet was never followed, so nothing can be said of a change of it.
NOT_FOLLOWED: Final = frozenset(
    {EgressReason.NO_TARGET_NETWORK, EgressReason.NOT_ASSOCIATED, EgressReason.NO_ENDPOINT_ROUTE}
)


@dataclass(frozen=True)
class ComparedState:
    """What is compared of a snapshot. ``setting_names``: the settings that the portal read then."""

    seen_at: datetime
    setting_names: frozenset[str]
    settings: Fields
    tags: dict[str, str]
    target_networks: Sequence[Fields]
    authorization_rules: Sequence[Fields]
    routes: Sequence[Fields]
    egress: Sequence[Fields]


@dataclass(frozen=True)
class Difference:
    """``before`` None: it is new. ``after`` None: it is gone. ``by_aws``: AWS tried, and couldn't."""

    part: ChangedPart
    subject: str
    before: Any
    after: Any
    by_aws: bool = False


def compared_state(endpoint: Endpoint) -> ComparedState | None:
    """None: the endpoint was never read as a whole."""
    if endpoint.seen_at is None:
        return None
    return ComparedState(
        seen_at=endpoint.seen_at,
        setting_names=frozenset(endpoint.setting_names),
        settings=endpoint.settings,
        tags=endpoint.tags,
        target_networks=endpoint.target_networks,
        authorization_rules=endpoint.authorization_rules,
        routes=endpoint.routes,
        egress=endpoint.egress,
    )


def find_differences(before: ComparedState, after: ComparedState) -> list[Difference]:
    return [
        *_settings(before, after),
        *_items(ChangedPart.NETWORK, before.target_networks, after.target_networks, network_key),
        *_items(ChangedPart.RULE, before.authorization_rules, after.authorization_rules, rule_key),
        *_items(ChangedPart.ROUTE, _made(before.routes), _made(after.routes), route_key),
        *_tags(before.tags, after.tags),
        *_egress(before.egress, after.egress),
    ]


def network_key(network: Mapping[str, Any]) -> str:
    return str(network["association_id"])


def rule_key(rule: Mapping[str, Any]) -> str:
    return f"{rule['destination_cidr']} {rule['group_id']}".strip()


def route_key(route: Mapping[str, Any]) -> str:
    return f"{route['destination_cidr']} {route['target_subnet']}".strip()


def _settings(before: ComparedState, after: ComparedState) -> Iterator[Difference]:
    # A setting that an older version of the portal didn't read isn't new at AWS.
    names = before.setting_names & after.setting_names
    # AWS binds an endpoint to the VPC of its first subnet, with that VPC's default security group, and frees it with
    # the last one (admin guide, "Target networks"). Somebody who has bound it before keeps both as they are.
    if not all(
        any(network["status"] not in GONE for network in state.target_networks) for state in (before, after)
    ):
        names = frozenset(
            name
            for name in names
            if name not in BOUND_BY_AWS or (before.settings.get(name) and after.settings.get(name))
        )
    for name in sorted(names):
        old, new = before.settings.get(name), after.settings.get(name)
        if normal_setting(name, old) != normal_setting(name, new) and not _named_by_aws(name, old, new):
            yield Difference(ChangedPart.SETTING, name, old, new)


def normal_setting(name: str, value: Any) -> Any:
    """``value`` without AWS's own states, and without what is the same as not being there."""
    if isinstance(value, Mapping):
        if value.get("Enabled") is False:
            return None
        if name == "TransitGatewayConfiguration":
            # Its zones are those of the target networks, which are compared one by one.
            value = {key: part for key, part in value.items() if not key.startswith("AvailabilityZone")}
        kept = {key: normal_setting(key, part) for key, part in value.items() if key.lower() != "status"}
        return {key: part for key, part in kept.items() if part} or None
    if isinstance(value, list | tuple):
        parts = [normal_setting("", part) for part in value]
        # AWS keeps no order of security groups.
        return (sorted(parts) if name == "SecurityGroupIds" else parts) or None
    return value or None


def _named_by_aws(name: str, old: Any, new: Any) -> bool:
    """Whoever names no log stream lets AWS name one, which it shows later."""
    if name != "ConnectionLogOptions" or not old or not new or old.get("CloudwatchLogStream"):
        return False
    unnamed = {key: value for key, value in new.items() if key != "CloudwatchLogStream"}
    return bool(normal_setting(name, old) == normal_setting(name, unnamed))


def _made(routes: Sequence[Fields]) -> list[Fields]:
    """Without those that AWS makes with an association, and takes away with it."""
    return [route for route in routes if route["origin"] != "associate"]


def _items(
    part: ChangedPart, before: Sequence[Fields], after: Sequence[Fields], key: Callable[[Fields], str]
) -> Iterator[Difference]:
    old = {key(item): item for item in before if item["status"] not in GONE}
    every = {key(item): item for item in after}
    new = {name: item for name, item in every.items() if item["status"] not in GONE}
    for name in (*old, *(name for name in new if name not in old)):
        was, now = old.get(name), new.get(name)
        if was is not None and now is None and every.get(name, {}).get("status") in FAILED:
            yield Difference(part, name, was, every[name], by_aws=True)
        elif was is None or now is None or _differ(was, now):
            yield Difference(part, name, was, now)


def _differ(was: Fields, now: Fields) -> bool:
    # A field that only one of them has was added by another version of the portal.
    names = (was.keys() & now.keys()) - AWS_S_OWN
    return any(_unordered(was[name]) != _unordered(now[name]) for name in names)


def _unordered(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def _tags(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield Difference(ChangedPart.TAG, key, before.get(key), after.get(key))


def _egress(before: Sequence[Fields], after: Sequence[Fields]) -> Iterator[Difference]:
    """Where the VPC sends a subnet's traffic: by a NAT gateway or a route table that somebody has changed."""
    old = {subnet["subnet_id"]: subnet for subnet in before if not NOT_FOLLOWED & {*subnet["reasons"]}}
    for subnet in after:
        was = old.get(subnet["subnet_id"])
        if was is None or NOT_FOLLOWED & {*subnet["reasons"]}:
            continue
        if _way(was) != _way(subnet):
            yield Difference(ChangedPart.EGRESS, subnet["subnet_id"], _shown(was), _shown(subnet))


def _way(subnet: Fields) -> tuple[Any, ...]:
    # Addresses that are declared are a setting of the portal's.
    declared = EgressReason.ADDRESSES_DECLARED in subnet["reasons"]
    return subnet["via"], [] if declared else sorted(subnet["addresses"]), _reasons(subnet)


def _reasons(subnet: Fields) -> list[str]:
    return sorted(reason for reason in subnet["reasons"] if reason in SUBNET_REASONS)


def _shown(subnet: Fields) -> Fields:
    return {"via": subnet["via"], "addresses": list(subnet["addresses"]), "reasons": _reasons(subnet)}
