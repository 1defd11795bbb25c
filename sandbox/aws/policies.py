"""IAM's policy language: what the statements of some documents say of one call. Pure.

IAM user guide, "Policy evaluation logic" and "IAM JSON policy element reference". Not read: NotPrincipal, permissions
boundaries, session policies, service control policies and resource-based policies other than a role's trust policy.
"""

import json
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from sandbox.aws.policy_conditions import conditions_hold

# By condition key in lower case; most have one value.
Context = Mapping[str, tuple[str, ...]]


class Decision(Enum):
    """DENIED by a statement wins over ALLOWED; NEUTRAL: no statement speaks of the call, which refuses it, too."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NEUTRAL = "neutral"


def read_statements(document: str | Mapping[str, Any]) -> list[dict[str, Any]]:
    return listed((json.loads(document) if isinstance(document, str) else document).get("Statement", []))


def decide(
    statements: Iterable[Mapping[str, Any]], *, action: str, resource: str, context: Context
) -> Decision:
    """What they say of ``action`` ("ec2:CreateRoute") on one resource ("*" or an ARN)."""
    decision = Decision.NEUTRAL
    for statement in statements:
        if not _speaks_of(statement, action, resource, context):
            continue
        if statement.get("Effect") == "Deny":
            return Decision.DENIED
        decision = Decision.ALLOWED
    return decision


def decide_by_names(
    statements: Iterable[Mapping[str, Any]], *, action: str, arns: Iterable[str], context: Context
) -> Decision:
    """What they say of ``action`` on one resource that AWS's documents name by several ARNs."""
    statements = list(statements)
    decisions = {decide(statements, action=action, resource=arn, context=context) for arn in arns}
    if Decision.DENIED in decisions:
        return Decision.DENIED
    return Decision.ALLOWED if Decision.ALLOWED in decisions else Decision.NEUTRAL


def _speaks_of(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    return (
        _matches(statement, "Action", action.lower(), lower=True)
        and _matches_resource(statement, resource, context)
        and conditions_hold(statement.get("Condition", {}), context)
    )


def _matches_resource(statement: Mapping[str, Any], resource: str, context: Context) -> bool:
    # A trust policy has no resource: it speaks of the role that it belongs to.
    if "Resource" not in statement and "NotResource" not in statement:
        return True
    with_values = {
        name: [substituted(pattern, context) for pattern in listed(statement[name])]
        for name in ("Resource", "NotResource")
        if name in statement
    }
    return _matches(with_values, "Resource", resource)


def _matches(statement: Mapping[str, Any], element: str, value: str, *, lower: bool = False) -> bool:
    negated = f"Not{element}"
    patterns = listed(statement.get(element, statement.get(negated, [])))
    hit = any(is_like(pattern.lower() if lower else pattern, value) for pattern in patterns)
    return not hit if negated in statement else hit


def substituted(pattern: str, context: Context) -> str:
    """With policy variables filled in; one that the call has no value for matches nothing."""

    def value(found: re.Match[str]) -> str:
        name, _, default = found[1].partition(",")
        if name in {"*", "?", "$"}:
            return name
        return next(iter(context.get(name.strip().lower(), ())), default.strip(" '") or "\0")

    return re.sub(r"\$\{([^}]+)\}", value, pattern)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def is_like(pattern: str, value: str) -> bool:
    """``*`` is any text, ``?`` any character."""
    return _pattern(pattern).fullmatch(value) is not None


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one: the policy language allows both everywhere."""
    return value if isinstance(value, list) else [value]
