"""How much is left of AWS's quotas: pure. The numbers are AWS's defaults (admin guide, "Client VPN quotas", 2026); AWS
raises most of them on request, and the portal doesn't know whether it has."""

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
NEARLY: Final = 0.9


@dataclass(frozen=True)
class QuotaUse:
    """``quota`` is an id with words of its own; ``where`` names what it is a quota of."""

    quota: str
    used: int
    limit: int
    where: str = ""


def quota_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> tuple[Consequence, ...]:
    """Only of what the change uses more of, and of how many may connect at once if that changes."""
    then = {(one.quota, one.where): one.used for one in quotas_used(before)}
    more = [one for one in quotas_used(after) if one.used > then.get((one.quota, one.where), 0)]
    found = tuple(quota_consequence(one) for one in more)
    return (*found, *_connections(before, after))


def quotas_used(state: EndpointConfiguration) -> tuple[QuotaUse, ...]:
    routes = Counter(one.target_subnet for one in state.routes if one.target_subnet in state.subnets)
    rules = QuotaUse("rules", len(state.rules), RULES_PER_ENDPOINT)
    groups = QuotaUse("security-groups", len(state.security_groups), SECURITY_GROUPS_PER_ENDPOINT)
    return (
        rules,
        groups,
        *(QuotaUse("routes", count, ROUTES_PER_ASSOCIATION, where) for where, count in routes.items()),
    )


def endpoints_quota_use(count: int, *, region: str) -> QuotaUse:
    return QuotaUse("endpoints", count, ENDPOINTS_PER_REGION, region)


def revoked_quota_use(count: int) -> QuotaUse:
    return QuotaUse("revoked", count, REVOKED_CERTIFICATES)


def quota_consequence(one: QuotaUse) -> Consequence:
    values: dict[str, Any] = {"quota": one.quota, "used": one.used, "limit": one.limit, "where": one.where}
    if one.used > one.limit:
        return Consequence(ConsequenceId.QUOTA_EXCEEDED, Tone.OUT, values)
    if one.used >= one.limit * NEARLY:
        return Consequence(ConsequenceId.QUOTA_NEARLY_USED, Tone.WARN, values)
    return Consequence(ConsequenceId.QUOTA_LEFT, Tone.OK, values)


def connections_limit(subnets: int) -> int:
    """How many people may be connected at once; beyond five subnets AWS says nothing more."""
    return CONCURRENT_CONNECTIONS[min(subnets, max(CONCURRENT_CONNECTIONS))] if subnets else 0


def _connections(before: EndpointConfiguration, after: EndpointConfiguration) -> tuple[Consequence, ...]:
    then, now = connections_limit(len(before.subnets)), connections_limit(len(after.subnets))
    if then == now or not now:
        return ()
    tone = Tone.INFO if now > then else Tone.WARN
    return (Consequence(ConsequenceId.CONNECTIONS_LIMITED, tone, {"limit": now, "before": then}),)
