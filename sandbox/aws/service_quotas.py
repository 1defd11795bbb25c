"""Service Quotas of Client VPN, which are listed under EC2 (admin guide, "Client VPN quotas"; API reference)."""

from typing import Any, Final

from sandbox.aws.errors import AwsError
from sandbox.aws.world import Region

SERVICE: Final = "ec2"
# Name and default by code; the admin guide gives connections by subnets, of which this is the first.
QUOTAS: Final = {
    "L-8EA77D34": ("Client VPN endpoints per Region", 5.0),
    "L-9A1BC94B": ("Authorization rules per Client VPN endpoint", 200.0),
    "L-401D78F7": ("Routes per Client VPN target network association", 100.0),
    "L-C4B238BF": ("Concurrent client connections per Client VPN endpoint", 7_000.0),
}
PAGE_SIZE: Final = 100


def get_service_quota(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Quota": _described(region, _code(parameters))}


def get_aws_default_service_quota(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Quota": _described(region, _code(parameters), applied=False)}


def list_service_quotas(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    return _page(parameters, [_described(region, code) for code in QUOTAS])


def list_aws_default_service_quotas(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    return _page(parameters, [_described(region, code, applied=False) for code in QUOTAS])


def raise_quota(region: Region, code: str, value: float) -> dict[str, Any]:
    """As when AWS has granted a request for an increase; the sandbox then lets so many be made."""
    region.quotas[_code({"ServiceCode": SERVICE, "QuotaCode": code})] = value
    return _described(region, code)


def quota(region: Region, code: str) -> int:
    return int(region.quotas.get(code, QUOTAS[code][1]))


def _code(parameters: dict[str, Any]) -> str:
    code = str(parameters.get("QuotaCode", ""))
    if parameters.get("ServiceCode") != SERVICE or code not in QUOTAS:
        raise AwsError("NoSuchResourceException", "The specified resource does not exist.")
    return code


def _described(region: Region, code: str, *, applied: bool = True) -> dict[str, Any]:
    name, default = QUOTAS[code]
    return {
        "ServiceCode": SERVICE,
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaArn": f"arn:aws:servicequotas:{region.name}:{region.account}:{SERVICE}/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": region.quotas.get(code, default) if applied else default,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def _page(parameters: dict[str, Any], quotas: list[dict[str, Any]]) -> dict[str, Any]:
    if parameters.get("ServiceCode") != SERVICE:
        raise AwsError("NoSuchResourceException", "The specified resource does not exist.")
    try:
        first = int(parameters.get("NextToken") or 0)
    except ValueError as error:
        raise AwsError("InvalidPaginationTokenException", "Invalid input was provided.") from error
    last = first + int(parameters.get("MaxResults") or PAGE_SIZE)
    more = {"NextToken": str(last)} if last < len(quotas) else {}
    return {"Quotas": quotas[first:last], **more}
