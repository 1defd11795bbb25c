"""The Price List of Client VPN and Site-to-Site VPN: GetProducts, in us-east-1 as AWS's is.

Usage types and prices of Tokyo are those of AWS's list of 2026-09-13; those of other Regions are from secondary sources
(sqlxpert/10-minute-aws-client-vpn, checked in October 2025) and stand for a list, not for what AWS charges.
"""

import hashlib
import json
from typing import Any, Final

from sandbox.aws.errors import AwsError
from sandbox.aws.world import Region

SERVICE: Final = "AmazonVPC"
PUBLISHED: Final = "2026-09-13T00:00:00Z"
# Prefix of usage types, and US dollars an hour of a subnet, a connection and a Site-to-Site VPN connection.
REGIONS: Final = {
    "ap-northeast-1": ("APN1", "0.15", "0.05", "0.048"),
    "ap-northeast-3": ("APN3", "0.15", "0.05", "0.048"),
    "us-east-1": ("USE1", "0.10", "0.05", "0.05"),
}
PAGE_SIZE: Final = 100
# AWS answers there for all Regions.
ENDPOINT_REGION: Final = "us-east-1"


def get_products(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    if parameters.get("ServiceCode") != SERVICE:
        raise AwsError("NotFoundException", "The requested resource can't be found.")
    prices = region.prices
    products = [product for product in _products(prices) if _fits(product, parameters.get("Filters") or [])]
    try:
        first = int(parameters.get("NextToken") or 0)
    except ValueError as error:
        raise AwsError("InvalidNextTokenException", "The pagination token is invalid.") from error
    last = first + int(parameters.get("MaxResults") or PAGE_SIZE)
    # AWS sends each product as JSON in a string.
    page: dict[str, Any] = {
        "FormatVersion": "aws_v1",
        "PriceList": [json.dumps(product) for product in products[first:last]],
    }
    return page | ({"NextToken": str(last)} if last < len(products) else {})


def _products(changed: dict[str, str]) -> list[dict[str, Any]]:
    return [
        _product(region, f"{prefix}-{usage}", operation, unit, changed.get(f"{prefix}-{usage}", price))
        for region, (prefix, endpoint, connection, site) in REGIONS.items()
        for usage, operation, unit, price in (
            ("ClientVPN-EndpointHours", "ClientVPNEndpoints", "hours", endpoint),
            ("ClientVPN-ConnectionHours", "ClientVPNConnections", "hours", connection),
            ("VPN-Usage-Hours:ipsec.1", "CreateVpnConnection", "Hrs", site),
        )
    ]


def _product(region: str, usage: str, operation: str, unit: str, price: str) -> dict[str, Any]:
    sku = hashlib.sha256(usage.encode()).hexdigest()[:16].upper()
    dimension = {
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "unit": unit,
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"${price} per {usage}",
        "appliesTo": [],
        "pricePerUnit": {"USD": f"{price}00000000"},
    }
    term = {
        "sku": sku,
        "offerTermCode": "JRTCKXETXF",
        "effectiveDate": PUBLISHED,
        "termAttributes": {},
        "priceDimensions": {dimension["rateCode"]: dimension},
    }
    return {
        "product": {
            "productFamily": "Cloud Connectivity",
            "sku": sku,
            "attributes": {
                "regionCode": region,
                "servicecode": SERVICE,
                "usagetype": usage,
                "operation": operation,
                "locationType": "AWS Region",
                "servicename": "Amazon Virtual Private Cloud",
            },
        },
        "serviceCode": SERVICE,
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
        "version": "20260913000000",
        "publicationDate": PUBLISHED,
    }


def _fits(product: dict[str, Any], filters: list[dict[str, Any]]) -> bool:
    attributes = {**product["product"]["attributes"], "productFamily": product["product"]["productFamily"]}
    return all(_matches(wanted, str(attributes.get(wanted.get("Field", ""), ""))) for wanted in filters)


def _matches(wanted: dict[str, Any], value: str) -> bool:
    text = str(wanted.get("Value", ""))
    match wanted.get("Type"):
        case "TERM_MATCH" | "EQUALS":
            return value == text
        case "CONTAINS":
            return text in value
        case "ANY_OF":
            return value in text.split(",")
        case "NONE_OF":
            return value not in text.split(",")
    raise AwsError("InvalidParameterException", "One or more parameters had an invalid value.")
