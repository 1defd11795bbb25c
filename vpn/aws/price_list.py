"""Reading what Client VPN costs.

IAM, on resource *: pricing:GetProducts.
"""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from vpn.aws import snapshots
from vpn.aws.errors import translated

if TYPE_CHECKING:
    from vpn.aws.session import PricingClient

SERVICE: Final = "AmazonVPC"
# Usage types begin with the Region's abbreviation, which isn't published as a list.
ASSOCIATION: Final = "ClientVPN-EndpointHours"
CONNECTION: Final = "ClientVPN-ConnectionHours"


def client_vpn_prices(client: "PricingClient", *, region: str) -> snapshots.ClientVpnPrices:
    """Price List GetProducts: on demand, the first tier. Raises AwsError, also where a price isn't listed."""
    with translated():
        pages = client.get_paginator("get_products").paginate(
            ServiceCode=SERVICE,
            Filters=[
                {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
                {"Type": "CONTAINS", "Field": "usagetype", "Value": "ClientVPN"},
            ],
        )
        products = [json.loads(text) for page in pages for text in page["PriceList"]]
        prices = dict(filter(None, map(_price, products)))
        (currency,) = {currency for currency, _amount in prices.values()}
        return snapshots.ClientVpnPrices(
            currency=currency,
            association_hour=prices[ASSOCIATION][1],
            connection_hour=prices[CONNECTION][1],
        )


def _price(product: dict[str, Any]) -> tuple[str, tuple[str, Decimal]] | None:
    """The usage type without its Region, with currency and amount."""
    usage = str(product["product"]["attributes"]["usagetype"])
    name = next((name for name in (ASSOCIATION, CONNECTION) if usage.endswith(name)), None)
    if name is None:
        return None
    (term,) = product["terms"]["OnDemand"].values()
    first = next(tier for tier in term["priceDimensions"].values() if tier.get("beginRange", "0") == "0")
    ((currency, amount),) = first["pricePerUnit"].items()
    return name, (currency, Decimal(amount).normalize())
