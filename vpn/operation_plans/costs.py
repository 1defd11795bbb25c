"""How a change affects the monthly cost: pure. Prices are from a setting, AWS's price list, or public sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone
from vpn.quotas.limits import NumberSource

# As in AWS's own price examples
HOURS_PER_MONTH: Final = 730
ANY_REGION: Final = "*"
# US dollars, from secondary sources (docs/configuration.md), per associated subnet and per connection.
DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    ANY_REGION: {"currency": "USD", "association_hour": "0.10", "connection_hour": "0.05"},
    "ap-northeast-1": {"association_hour": "0.15"},
}
NAMES: Final = ("association_hour", "connection_hour")


@dataclass(frozen=True)
class Prices:
    """``association_hour``: an associated subnet; ``connection_hour``: an active connection.

    ``source``: of both, or of the one that is the least sure. ``seen_at``: when AWS's price list was read.
    """

    currency: str
    association_hour: Decimal
    connection_hour: Decimal
    source: NumberSource = NumberSource.DEFAULT
    seen_at: datetime | None = None

    @property
    def origin(self) -> dict[str, str]:
        """As a plan stores it."""
        return {
            "source": self.source.value,
            "seen": self.seen_at.isoformat() if self.seen_at and self.source is NumberSource.AWS else "",
        }


def prices_for(
    region: str,
    entries: Mapping[str, Any],
    *,
    listed: Mapping[str, Any] | None = None,
    seen_at: datetime | None = None,
) -> Prices:
    """The prices of a Region: from ``entries`` (OPERATION_PRICES, by Region or ``*`` for all), else from AWS's price
    list (``listed``, read at ``seen_at``), else from DEFAULTS.

    Raises ImproperlyConfigured with what to write.
    """
    chosen = _merged(entries, region)
    # Amounts in one currency say nothing about a bill in another.
    listed = listed if listed and chosen.get("currency", listed["currency"]) == listed["currency"] else None
    merged = _merged(DEFAULTS, region) | dict(listed or {}) | chosen
    is_chosen, is_listed = set(NAMES) <= set(chosen), listed is not None
    source = NumberSource.AWS if is_listed else NumberSource.DEFAULT
    return Prices(
        str(merged["currency"]),
        _price(NAMES[0], merged[NAMES[0]]),
        _price(NAMES[1], merged[NAMES[1]]),
        source=NumberSource.SETTING if is_chosen else source,
        seen_at=seen_at,
    )


def _merged(entries: Mapping[str, Any], region: str) -> dict[str, Any]:
    return _entry(ANY_REGION, entries.get(ANY_REGION, {})) | _entry(region, entries.get(region, {}))


def check_prices(entries: Mapping[str, Any]) -> None:
    """Raises ImproperlyConfigured for a region's entry that can't be read."""
    for region in entries:
        prices_for(region, entries)


def cost_consequences(
    before: EndpointConfiguration,
    after: EndpointConfiguration,
    prices: Prices,
    *,
    connection_hours: Decimal | None = None,
) -> tuple[Consequence, ...]:
    """The change of the cost of associations, of connections and of NAT traffic.

    ``connection_hours``: of 30 days with the endpoint in use. They count only where the endpoint loses its last subnet
    or gets its first. How else a change affects them depends on people, and is not guessed.
    """
    difference = monthly_cost(after, prices) - monthly_cost(before, prices)
    consequences = []
    if difference:
        values = {"amount": f"{abs(difference):,.2f}", "currency": prices.currency}
        consequences.append(
            Consequence(ConsequenceId.COST_MORE, Tone.WARN, values)
            if difference > 0
            else Consequence(ConsequenceId.COST_LESS, Tone.INFO, values)
        )
    consequences += _connections(before, after, prices, connection_hours)
    if after.split_tunnel and not before.split_tunnel:
        consequences.append(Consequence(ConsequenceId.NAT_TRAFFIC_LESS, Tone.INFO))
    elif before.split_tunnel and not after.split_tunnel:
        consequences.append(Consequence(ConsequenceId.NAT_TRAFFIC_MORE, Tone.WARN))
    return tuple(consequences)


def _connections(
    before: EndpointConfiguration, after: EndpointConfiguration, prices: Prices, hours: Decimal | None
) -> list[Consequence]:
    if bool(before.subnets) == bool(after.subnets) or not hours:
        return []
    what, tone = (
        (ConsequenceId.CONNECTIONS_COST_MORE, Tone.WARN)
        if after.subnets
        else (ConsequenceId.CONNECTIONS_COST_LESS, Tone.INFO)
    )
    amount = f"{hours * prices.connection_hour:,.2f}"
    return [
        Consequence(what, tone, {"amount": amount, "currency": prices.currency, "hours": f"{hours:,.0f}"})
    ]


def with_cost_basis(consequences: tuple[Consequence, ...], prices: Prices) -> tuple[Consequence, ...]:
    """Add a line with the prices that were used, if any consequence has an amount."""
    if not any("amount" in consequence.values for consequence in consequences):
        return consequences
    values = {
        "association": _plain(prices.association_hour),
        "connection": _plain(prices.connection_hour),
        "currency": prices.currency,
        **prices.origin,
    }
    return (*consequences, Consequence(ConsequenceId.COST_BASIS, Tone.INFO, values))


def connection_cost(count: int, prices: Prices) -> Consequence:
    """Of connections that end, or may begin. AWS bills each connection by the hour."""
    values = {
        "count": count,
        "price": _plain(prices.connection_hour),
        "currency": prices.currency,
        **prices.origin,
    }
    return Consequence(ConsequenceId.CONNECTION_COST, Tone.INFO, values)


def _plain(price: Decimal) -> str:
    return f"{price:f}"


def monthly_cost(state: EndpointConfiguration, prices: Prices) -> Decimal:
    """The cost of the associations in a month, whether or not anybody connects."""
    return len(state.subnets) * prices.association_hour * HOURS_PER_MONTH


def _entry(region: str, entry: object) -> dict[str, Any]:
    if not isinstance(entry, Mapping) or set(entry) - {"currency", *NAMES}:
        raise ImproperlyConfigured(
            f"OPERATION_PRICES: {region} must look like "
            '{"currency": "USD", "association_hour": 0.15, "connection_hour": 0.05}.'
        )
    return dict(entry)


def _price(name: str, value: object) -> Decimal:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise ImproperlyConfigured(f"OPERATION_PRICES: {name} must be a number of 0 or more, not {value!r}.")
    return price
