"""How much of AWS's quotas an endpoint uses, what it costs, and how sure each number is."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import EndpointConnectionCount
from vpn.endpoints.sources import unknown_reason
from vpn.operation_plans.context import endpoint_configuration, endpoint_quota_use, stored_prices
from vpn.operation_plans.costs import Prices, monthly_cost
from vpn.operation_plans.quotas import NEARLY_USED, QuotaUse, quotas_used
from vpn.operation_plans.texts import QUOTA_NAMES
from vpn.quotas.limits import CONNECTIONS, Limits
from vpn.quotas.models import AccountQuotas, RegionPrices
from vpn.quotas.queries import OLD, stored_limits
from vpn.quotas.texts import price_origin, quota_origin


@dataclass(frozen=True)
class NumberRow:
    """``tone``: ok, warn or out. ``origin``: where the quota or price is from."""

    label: str
    value: str
    origin: str
    tone: str = "ok"


@dataclass(frozen=True)
class QuotaReport:
    """``unknown``: why what AWS says isn't known, so that defaults stand in for it."""

    quotas: list[NumberRow]
    prices: list[NumberRow]
    unknown: list[str]


def quota_report(counted: EndpointConnectionCount, now: datetime) -> QuotaReport:
    account = counted.endpoint.account
    read = AccountQuotas.objects.filter(account=account).first()
    listed = RegionPrices.objects.filter(region=account.region).first()
    prices = stored_prices(account.region, listed)
    return QuotaReport(
        _quota_rows(counted, stored_limits(account, read)),
        _price_rows(counted.endpoint, prices),
        _unknown(read, listed, now),
    )


def _quota_rows(counted: EndpointConnectionCount, limits: Limits) -> list[NumberRow]:
    configuration = endpoint_configuration(counted.endpoint, counted.endpoint.settings)
    connections = limits.connections(len(configuration.subnets))
    uses = [
        *_fullest(quotas_used(configuration, limits)),
        endpoint_quota_use(counted.endpoint.account, limits, more=0),
    ]
    # Without a subnet nobody can connect, and without a fresh list nobody knows how many have.
    if connections.value and counted.endpoint.connections_seen_at:
        uses.append(QuotaUse(CONNECTIONS, counted.connected, connections))
    return [_quota_row(use) for use in uses]


def _fullest(uses: tuple[QuotaUse, ...]) -> list[QuotaUse]:
    """One of each quota: of the subnets, the one that has the most routes."""
    fullest: dict[str, QuotaUse] = {}
    for use in uses:
        if use.quota not in fullest or use.used > fullest[use.quota].used:
            fullest[use.quota] = use
    return list(fullest.values())


def _quota_row(use: QuotaUse) -> NumberRow:
    label = _("Connections at once") if use.quota == CONNECTIONS else str(QUOTA_NAMES[use.quota])
    used, limit = (
        number_format(number, use_l10n=True, force_grouping=True) for number in (use.used, use.limit.value)
    )
    tone = "ok"
    if use.used >= use.limit.value:
        tone = "out"
    elif use.used >= use.limit.value * NEARLY_USED:
        tone = "warn"
    return NumberRow(
        label % {"where": use.where},
        _("%(used)s of %(limit)s") % {"used": used, "limit": limit},
        quota_origin(use.limit.source, use.limit.seen_at),
        tone,
    )


def _price_rows(endpoint: Endpoint, prices: Prices) -> list[NumberRow]:
    origin = price_origin(prices.source, prices.seen_at)
    month = monthly_cost(endpoint_configuration(endpoint, endpoint.settings), prices)
    return [
        NumberRow(_("A subnet, each hour"), f"{prices.association_hour:f} {prices.currency}", origin),
        NumberRow(_("A connection, each hour"), f"{prices.connection_hour:f} {prices.currency}", origin),
        NumberRow(
            _("All subnets, each month"),
            _("about %(amount)s %(currency)s") % {"amount": f"{month:,.2f}", "currency": prices.currency},
            _("without connections, NAT gateway and traffic"),
        ),
    ]


def _unknown(read: AccountQuotas | None, listed: RegionPrices | None, now: datetime) -> list[str]:
    quotas = unknown_reason("quotas", read, now, old=OLD)
    prices = unknown_reason("prices", listed, now, old=OLD)
    return [
        *([_("Your account's quotas aren't known. %(reason)s") % {"reason": quotas}] if quotas else []),
        *([_("AWS's price list isn't known. %(reason)s") % {"reason": prices}] if prices else []),
    ]
