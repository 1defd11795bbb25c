"""Service Quotas, the price list, tunnel replacement and SQS: what AWS says of the account itself."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import HEALTH_QUEUE
from tests.sandbox.aws.account import Account, Clients, refused

RULES = "L-9A1BC94B"


def test_a_raised_quota_is_told_and_holds(account: Account, clients: Clients, control: Control) -> None:
    quotas = clients("service-quotas")
    names = {quota["QuotaCode"]: quota["Value"] for quota in _pages(quotas)}
    assert names["L-8EA77D34"] == 5
    control.set_quota("L-8EA77D34", 1)
    answer = quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-8EA77D34")["Quota"]
    assert (answer["Value"], answer["QuotaName"]) == (1, "Client VPN endpoints per Region")
    default = quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode="L-8EA77D34")
    assert default["Quota"]["Value"] == 5
    account.endpoint()
    with refused("ClientVpnEndpointLimitExceeded"):
        account.endpoint()
    for service, code in (("ec2", "L-00000000"), ("vpc", RULES)):
        with refused("NoSuchResourceException"):
            quotas.get_service_quota(ServiceCode=service, QuotaCode=code)


def _pages(quotas: Any) -> list[dict[str, Any]]:
    pages = quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="ec2", PaginationConfig={"PageSize": 1}
    )
    return [quota for page in pages for quota in page["Quotas"]]


def test_the_price_list_is_filtered_as_aws_s(clients: Clients, control: Control) -> None:
    pricing = clients.another("pricing", region_name="us-east-1")
    control.set_price("APN1-ClientVPN-EndpointHours", "0.17")
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "ap-northeast-1"},
        {"Type": "CONTAINS", "Field": "usagetype", "Value": "ClientVPN"},
    ]
    products = [
        json.loads(text)
        for text in pricing.get_products(ServiceCode="AmazonVPC", Filters=filters)["PriceList"]
    ]
    prices = {}
    for product in products:
        (term,) = product["terms"]["OnDemand"].values()
        (dimension,) = term["priceDimensions"].values()
        prices[product["product"]["attributes"]["usagetype"]] = float(dimension["pricePerUnit"]["USD"])
    assert prices == {"APN1-ClientVPN-EndpointHours": 0.17, "APN1-ClientVPN-ConnectionHours": 0.05}
    with refused("NotFoundException"):
        pricing.get_products(ServiceCode="AmazonNothing")


def test_a_tunnel_tells_of_its_replacement(ec2: Any, architecture: Architecture, control: Control) -> None:
    vpn = architecture.site_to_site.vpn_connection_id
    (described,) = ec2.describe_vpn_connections(VpnConnectionIds=[vpn])["VpnConnections"]
    first, second = (tunnel["OutsideIpAddress"] for tunnel in described["VgwTelemetry"])
    control.set_tunnel_maintenance(vpn, 86_400, outside_ip=first)

    def status(address: str) -> Any:
        return ec2.get_vpn_tunnel_replacement_status(VpnConnectionId=vpn, VpnTunnelOutsideIpAddress=address)

    details = status(first)["MaintenanceDetails"]
    assert details["PendingMaintenance"] == "Available"
    left = details["MaintenanceAutoAppliedAfter"] - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(days=1)
    assert status(second)["MaintenanceDetails"] == {"PendingMaintenance": "None"}
    control.set_tunnel_maintenance(vpn, None, outside_ip=first)
    assert "LastMaintenanceApplied" in status(first)["MaintenanceDetails"]
    with refused("InvalidParameterValue"):
        status("203.0.113.99")
    with refused("InvalidVpnConnectionID.NotFound"):
        ec2.get_vpn_tunnel_replacement_status(VpnConnectionId="vpn-1", VpnTunnelOutsideIpAddress=first)


@pytest.mark.usefixtures("architecture")
def test_an_event_of_aws_health_arrives_in_the_queue(clients: Clients, control: Control) -> None:
    sqs = clients("sqs")
    url = sqs.get_queue_url(QueueName=HEALTH_QUEUE)["QueueUrl"]
    control.report_health(event_id="one", text="Connections fail.", entities=["vpn-1"])
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"]) == ("aws.health", "AWS Health Event")
    assert event["detail"]["eventDescription"][0]["latestDescription"] == "Connections fail."
    # Invisible for a while, and gone once it is deleted.
    assert sqs.receive_message(QueueUrl=url).get("Messages", []) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert (
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"][
            "ApproximateNumberOfMessagesNotVisible"
        ]
        == "0"
    )
