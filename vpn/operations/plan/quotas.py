"""How much of AWS's quotas a change uses: pure.

The limits are AWS's defaults (admin guide, "Client VPN quotas", 2026). AWS raises most of them on request; the portal
does not know whether it has.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from vpn.operations.plan.configuration import EndpointConfiguration
from vpn.operations.plan.consequences import Consequence, ConsequenceId, Tone

RULES_PER_ENDPOINT: Final = 200
ROUTES_PER_ASSOCIATION: Final = 100
# By the number of associated subnets
CONCURRENT_CONNECTIONS: Final = {1: 7_000, 2: 36_500, 3: 66_500, 4: 96_500, 5: 126_000}
ENDPOINTS_PER_REGION: Final = 5
SECURITY_GROUPS_PER_ENDPOINT: Final = 5
REVOKED_CERTIFICATES: Final = 20_000
# From this share of a limit on, the plan warns.
NEARLY_USED: Final = 0.9


@dataclass(frozen=True)
class QuotaUse:
    """``quota`` is a key of texts.QUOTA_NAMES; ``where`` names the subnet or Region that it is a quota of."""

    quota: str
    used: int
    limit: int
    where: str = ""


def quota_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> tuple[Consequence, ...]:
    """Quotas of which the change uses more, and the number of concurrent connections if that changes."""
    used_before = {(use.quota, use.where): use.used for use in quotas_used(before)}
    # A quota that is exceeded already is no fault of a change that uses no more of it.
    increased = [use for use in quotas_used(after) if use.used > used_before.get((use.quota, use.where), 0)]
    return (*(quota_consequence(use) for use in increased), *_connections(before, after))


def quotas_used(state: EndpointConfiguration) -> tuple[QuotaUse, ...]:
    routes = Counter(route.target_subnet for route in state.routes if route.target_subnet in state.subnets)
    return (
        QuotaUse("rules", len(state.rules), RULES_PER_ENDPOINT),
        QuotaUse("security-groups", len(state.security_groups), SECURITY_GROUPS_PER_ENDPOINT),
        *(QuotaUse("routes", count, ROUTES_PER_ASSOCIATION, subnet) for subnet, count in routes.items()),
    )


def endpoints_quota_use(count: int, *, region: str) -> QuotaUse:
    return QuotaUse("endpoints", count, ENDPOINTS_PER_REGION, region)


def revoked_quota_use(count: int) -> QuotaUse:
    return QuotaUse("revoked", count, REVOKED_CERTIFICATES)


def quota_consequence(use: QuotaUse) -> Consequence:
    values: dict[str, Any] = {"quota": use.quota, "used": use.used, "limit": use.limit, "where": use.where}
    if use.used > use.limit:
        return Consequence(ConsequenceId.QUOTA_EXCEEDED, Tone.OUT, values)
    if use.used >= use.limit * NEARLY_USED:
        return Consequence(ConsequenceId.QUOTA_NEARLY_USED, Tone.WARN, values)
    return Consequence(ConsequenceId.QUOTA_LEFT, Tone.OK, values)


def connections_limit(subnets: int) -> int:
    """How many connections an endpoint with that many subnets may have. AWS gives no figure beyond five subnets."""
    return CONCURRENT_CONNECTIONS[min(subnets, max(CONCURRENT_CONNECTIONS))] if subnets else 0


def _connections(before: EndpointConfiguration, after: EndpointConfiguration) -> tuple[Consequence, ...]:
    limit_before, limit_after = connections_limit(len(before.subnets)), connections_limit(len(after.subnets))
    if limit_before == limit_after or not limit_after:
        return ()
    tone = Tone.INFO if limit_after > limit_before else Tone.WARN
    values = {"limit": limit_after, "before": limit_before}
    return (Consequence(ConsequenceId.CONNECTIONS_LIMITED, tone, values),)
