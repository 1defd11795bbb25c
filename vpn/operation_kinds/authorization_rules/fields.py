"""What the kinds that touch authorization rules have in common."""

from collections.abc import Mapping
from typing import Any

from vpn.endpoints.models import Endpoint
from vpn.operations.plan.plan import PlannedChange

LIVE_RULES = frozenset({"authorizing", "active"})


def rule_change(rule: Mapping[str, Any], *, exists_before: bool) -> PlannedChange:
    text = f"{rule['destination_cidr']} ← {rule['group_id'] or 'AuthorizeAllGroups'}"
    return PlannedChange(
        "authorization rule", text if exists_before else None, None if exists_before else text
    )


def rules_for_destination(endpoint: Endpoint, destination_cidr: str) -> list[dict[str, Any]]:
    return [
        authorization_rule
        for authorization_rule in endpoint.authorization_rules
        if authorization_rule["destination_cidr"] == destination_cidr
        and authorization_rule["status"] in LIVE_RULES
    ]


def lane_of_rule(parameters: Mapping[str, Any]) -> str:
    return f"rule:{parameters['destination_cidr']}:{parameters['group_id']}"
