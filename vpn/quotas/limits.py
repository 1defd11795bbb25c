"""Quotas with where each number is from: pure.

Defaults: Client VPN administrator guide, "Client VPN quotas" (2026). AWS raises most of them on request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured


class NumberSource(StrEnum):
    """Where a quota or price is from."""

    DEFAULT = "default"
    AWS = "aws"
    SETTING = "setting"


RULES: Final = "rules"
ROUTES: Final = "routes"
ENDPOINTS: Final = "endpoints"
CONNECTIONS: Final = "connections"
SECURITY_GROUPS: Final = "security-groups"
REVOKED: Final = "revoked"
# Service Quotas' codes; the other two have none.
CODES: Final = {
    ENDPOINTS: "L-8EA77D34",
    RULES: "L-9A1BC94B",
    ROUTES: "L-401D78F7",
    CONNECTIONS: "L-C4B238BF",
}
DEFAULTS: Final = {ENDPOINTS: 5, RULES: 200, ROUTES: 100, SECURITY_GROUPS: 5, REVOKED: 20_000}
# By the number of associated subnets; AWS gives no figure beyond five.
DEFAULT_CONNECTIONS: Final = (0, 7_000, 36_500, 66_500, 96_500, 126_000)


@dataclass(frozen=True)
class Limit:
    """``seen_at``: when AWS said so."""

    value: int
    source: NumberSource = NumberSource.DEFAULT
    seen_at: datetime | None = None

    @property
    def values(self) -> dict[str, Any]:
        """As a plan stores it."""
        seen = self.seen_at.isoformat() if self.seen_at else ""
        return {"limit": self.value, "source": self.source.value, "seen": seen}


@dataclass(frozen=True)
class Limits:
    """The quotas of one account. ``read``: what AWS said, by quota; ``chosen``: what VPN_QUOTAS says."""

    read: Mapping[str, int] = field(default_factory=dict)
    seen_at: datetime | None = None
    chosen: Mapping[str, int] = field(default_factory=dict)

    def limit(self, quota: str) -> Limit:
        return self._known(quota) or Limit(DEFAULTS[quota])

    def connections(self, subnets: int) -> Limit:
        """How many connections an endpoint with so many associated subnets may have at once.

        Service Quotas has one number for all, the admin guide one for each number of subnets, and neither says how they
        go together: the number from AWS counts where it is the larger, because then somebody has had it raised.
        """
        default = Limit(DEFAULT_CONNECTIONS[min(subnets, len(DEFAULT_CONNECTIONS) - 1)])
        known = self._known(CONNECTIONS)
        if not subnets or known is None:
            return default
        if known.source is NumberSource.AWS and known.value <= default.value:
            return default
        return known

    def _known(self, quota: str) -> Limit | None:
        if quota in self.chosen:
            return Limit(self.chosen[quota], NumberSource.SETTING)
        if quota in self.read:
            return Limit(self.read[quota], NumberSource.AWS, self.seen_at)
        return None


def chosen_limits(account: str, entries: Mapping[str, Any]) -> dict[str, int]:
    """Of VPN_QUOTAS, for an account. Raises ImproperlyConfigured with what to write."""
    chosen: dict[str, int] = {}
    for name in ("*", account):
        entry = entries.get(name, {})
        if not isinstance(entry, Mapping) or set(entry) - {*DEFAULTS, CONNECTIONS}:
            names = ", ".join(sorted({*DEFAULTS, CONNECTIONS}))
            raise ImproperlyConfigured(
                f'VPN_QUOTAS: {name} must look like {{"rules": 300}}, with some of {names}.'
            )
        for quota, value in entry.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ImproperlyConfigured(f"VPN_QUOTAS: {quota} must be a whole number, not {value!r}.")
            chosen[quota] = value
    return chosen
