"""What a month costs, by endpoint, and what it will come to: made from hours that are already read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from vpn.connection_log.coverage.queries import coverage
from vpn.connection_summary.ranges import midnight
from vpn.costs import queries
from vpn.costs.associations import AssociationPeriod, association_periods, hours_saved
from vpn.endpoints.models import Endpoint
from vpn.operation_plans.context import region_prices
from vpn.operation_plans.costs import Prices

# Four whole weeks, so that each weekday counts alike.
FORECAST_FROM: Final = timedelta(days=28)


@dataclass(frozen=True)
class CostMonth:
    """A month of TIME_ZONE. ``until``: its end, or now where it isn't over."""

    first: date
    since: datetime
    until: datetime
    end: datetime

    @property
    def is_over(self) -> bool:
        return self.until == self.end


def cost_month(first: date, now: datetime) -> CostMonth:
    """``first``: the month's first day, not later than ``now``."""
    since, end = midnight(first), midnight((first + timedelta(days=32)).replace(day=1))
    return CostMonth(first, since, min(end, now), end)


@dataclass(frozen=True)
class EndpointCost:
    """Hours and amounts of one endpoint in the prices' currency.

    ``connection_hours`` None: the portal has read no connection log of it, so nothing is known. ``unknown_until``: it
    existed before the portal first saw it, so its subnets until then aren't counted. ``forecast`` None: the month is
    over, or the log doesn't hold four weeks to judge by. ``saved``: of association hours while it was paused.
    """

    endpoint: Endpoint
    prices: Prices
    association_hours: Decimal
    connection_hours: int | None
    unknown_until: datetime | None
    saved: Decimal
    forecast: Decimal | None

    @property
    def associations(self) -> Decimal:
        return self.association_hours * self.prices.association_hour

    @property
    def connections(self) -> Decimal | None:
        return None if self.connection_hours is None else self.connection_hours * self.prices.connection_hour

    @property
    def total(self) -> Decimal:
        """Of what is known."""
        return self.associations + (self.connections or 0)


@dataclass(frozen=True)
class CurrencyTotal:
    """Amounts in different currencies are never added up."""

    currency: str
    total: Decimal
    forecast: Decimal | None
    saved: Decimal


def endpoint_costs(month: CostMonth, now: datetime) -> list[EndpointCost]:
    """By total, highest first. Endpoints that are gone before the month, and such without any hour, are left out."""
    hours = queries.connection_hours(month.since, month.until)
    lately = {} if month.is_over else queries.connection_hours(now - FORECAST_FROM, now)
    changes = queries.network_changes()
    regional: dict[str, Prices] = {}
    costs = []
    for endpoint in queries.billed_endpoints(month.since):
        if endpoint.first_seen_at >= month.end:
            continue
        region = endpoint.account.region
        regional[region] = regional.get(region) or region_prices(region)
        prices = regional[region]
        periods = association_periods(endpoint, changes[endpoint.pk])
        billed = sum(period.hours(month.since, month.until) for period in periods)
        stored = coverage(month.since, month.until, endpoint_ids=[endpoint.endpoint_id])
        known = endpoint.endpoint_id in hours or stored.knows_any_of(month.since, month.until)
        saved = hours_saved(periods, month.since, month.until, vanished_at=endpoint.vanished_at)
        costs.append(
            EndpointCost(
                endpoint=endpoint,
                prices=prices,
                association_hours=_decimal(billed),
                connection_hours=hours.get(endpoint.endpoint_id, 0) if known else None,
                unknown_until=_unknown_until(endpoint, month),
                saved=_decimal(saved) * prices.association_hour,
                forecast=None
                if month.is_over
                else _forecast(
                    endpoint,
                    periods,
                    month,
                    prices,
                    so_far=_decimal(billed) * prices.association_hour
                    + hours.get(endpoint.endpoint_id, 0) * prices.connection_hour,
                    lately=lately.get(endpoint.endpoint_id, 0),
                ),
            )
        )
    return sorted(costs, key=lambda cost: -cost.total)


def totals(costs: Iterable[EndpointCost]) -> list[CurrencyTotal]:
    by_currency: dict[str, list[EndpointCost]] = {}
    for cost in costs:
        by_currency.setdefault(cost.prices.currency, []).append(cost)
    return [
        CurrencyTotal(
            currency,
            sum((cost.total for cost in those), Decimal()),
            _sum_if_all_known([cost.forecast for cost in those]),
            sum((cost.saved for cost in those), Decimal()),
        )
        for currency, those in sorted(by_currency.items())
    ]


def _forecast(
    endpoint: Endpoint,
    periods: list[AssociationPeriod],
    month: CostMonth,
    prices: Prices,
    *,
    so_far: Decimal,
    lately: int,
) -> Decimal | None:
    """So far, and for what is left: today's subnets, and connections as in the last four weeks."""
    stored = coverage(month.until - FORECAST_FROM, month.until, endpoint_ids=[endpoint.endpoint_id])
    if not stored.complete and not stored.only_recent:
        return None
    left = month.end - month.until
    associated = sum(period.until is None for period in periods)
    associations = associated * _decimal(left.total_seconds() / 3600) * prices.association_hour
    connections = lately * _decimal(left / FORECAST_FROM) * prices.connection_hour
    return so_far + associations + (connections if associated else 0)


def _unknown_until(endpoint: Endpoint, month: CostMonth) -> datetime | None:
    """The first snapshot of an endpoint that AWS had made before, where it lies within the month."""
    seen = endpoint.first_seen_at
    # Made and seen within the hour: nothing that counts is missing.
    is_new = endpoint.created_at is not None and seen - endpoint.created_at < timedelta(hours=1)
    return None if seen <= month.since or is_new else seen


def _sum_if_all_known(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if len(known) == len(amounts) else None


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 6)))


def current_month() -> date:
    return timezone.localdate().replace(day=1)
