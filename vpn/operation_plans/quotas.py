"""How much of AWS's quotas a change uses, by vpn.quotas.limits: pure."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone
from vpn.quotas.limits import ENDPOINTS, REVOKED, ROUTES, RULES, SECURITY_GROUPS, Limit, Limits

# From this share of a limit on, the plan warns.
NEARLY_USED: Final = 0.9


@dataclass(frozen=True)
class QuotaUse:
    """``quota`` is a key of texts.QUOTA_NAMES; ``where`` names the subnet or Region that it is a quota of."""

    quota: str
    used: int
    limit: Limit
    where: str = ""


def quota_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration, limits: Limits
) -> tuple[Consequence, ...]:
    """Quotas of which the change uses more, and the number of concurrent connections if that changes."""
    used_before = {(use.quota, use.where): use.used for use in quotas_used(before, limits)}
    # A quota that is exceeded already is no fault of a change that uses no more of it.
    increased = [
        use for use in quotas_used(after, limits) if use.used > used_before.get((use.quota, use.where), 0)
    ]
    return (*(quota_consequence(use) for use in increased), *_connections(before, after, limits))


def quotas_used(state: EndpointConfiguration, limits: Limits) -> tuple[QuotaUse, ...]:
    routes = Counter(route.target_subnet for route in state.routes if route.target_subnet in state.subnets)
    return (
        QuotaUse(RULES, len(state.rules), limits.limit(RULES)),
        QuotaUse(SECURITY_GROUPS, len(state.security_groups), limits.limit(SECURITY_GROUPS)),
        *(QuotaUse(ROUTES, count, limits.limit(ROUTES), subnet) for subnet, count in routes.items()),
    )


def endpoints_quota_use(count: int, *, region: str, limits: Limits) -> QuotaUse:
    return QuotaUse(ENDPOINTS, count, limits.limit(ENDPOINTS), region)


def revoked_quota_use(count: int, limits: Limits) -> QuotaUse:
    return QuotaUse(REVOKED, count, limits.limit(REVOKED))


def quota_consequence(use: QuotaUse) -> Consequence:
    values: dict[str, Any] = {"quota": use.quota, "used": use.used, "where": use.where, **use.limit.values}
    if use.used > use.limit.value:
        return Consequence(ConsequenceId.QUOTA_EXCEEDED, Tone.OUT, values)
    if use.used >= use.limit.value * NEARLY_USED:
        return Consequence(ConsequenceId.QUOTA_NEARLY_USED, Tone.WARN, values)
    return Consequence(ConsequenceId.QUOTA_LEFT, Tone.OK, values)


def _connections(
    before: EndpointConfiguration, after: EndpointConfiguration, limits: Limits
) -> tuple[Consequence, ...]:
    limit_before, limit_after = (
        limits.connections(len(before.subnets)),
        limits.connections(len(after.subnets)),
    )
    if limit_before.value == limit_after.value or not limit_after.value:
        return ()
    tone = Tone.INFO if limit_after.value > limit_before.value else Tone.WARN
    values = {"before": limit_before.value, **limit_after.values}
    return (Consequence(ConsequenceId.CONNECTIONS_LIMITED, tone, values),)
