"""States of attachments to transit gateways: read, kept, explained; unknown where they can't be read."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, administrator
from sandbox.aws.seed_kinds import seed_kinds
from sandbox.company import HUB, TOKYO, EndpointSeed
from tests.conftest import SignedIn
from vpn.aws import accounts
from vpn.endpoints import services
from vpn.endpoints.attachments import attachment_state
from vpn.endpoints.models import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

OWNER = "333333333333"


def read(label: str) -> Endpoint:
    account = accounts.get("tokyo")
    assert account is not None
    assert not services.sync_account(account).failures
    return Endpoint.objects.get(label=label)


def page(client: Client, endpoint: Endpoint, tab: str = "") -> str:
    return client.get(f"/endpoints/{endpoint.endpoint_id}/?tab={tab}").content.decode()


def test_a_transit_gateway_has_zones_on_every_tab_of_its_endpoint(
    synced: Architecture, aws: str, settings: Settings, takahashi: User, signed_in: SignedIn
) -> None:
    seed_kinds(aws)
    hub = read(HUB.label)
    state = attachment_state(hub)
    assert state is not None
    assert (state.state, state.tone) == ("available", "ok")
    admin = signed_in(takahashi)
    networks = page(admin, hub, "networks")
    assert "ap-northeast-1a" in networks
    assert "Availability Zone" in networks
    assert "apply-security-groups" not in networks
    assert state.attachment_id in page(admin, hub, "routes")
    details = page(admin, hub)
    assert hub.settings["TransitGatewayConfiguration"]["TransitGatewayId"] in details
    assert ">Subnet<" not in details
    settings.VPN_SOURCES = ("certificates",)
    assert attachment_state(hub).tone == "unknown"  # type: ignore[union-attr]


def test_without_the_permission_the_state_is_unknown_and_all_else_is_read(
    synced: Architecture, aws: str, control: Control
) -> None:
    seed_kinds(aws)
    control.fail("DescribeTransitGatewayAttachments", "UnauthorizedOperation")
    hub = read(HUB.label)
    state = attachment_state(hub)
    assert state is not None
    assert (state.state, state.tone, hub.status) == ("", "unknown", "available")
    assert hub.attachment["error_id"] == "aws-access-denied"


def test_an_account_without_a_transit_gateway_is_not_asked(synced: Architecture, control: Control) -> None:
    control.forget_calls()
    assert attachment_state(read(TOKYO.label)) is None
    assert "DescribeTransitGatewayAttachments" not in {call["action"] for call in control.calls()}


def test_it_waits_for_the_other_account_and_says_who_must_accept(
    synced: Architecture, aws: str, ec2: "EC2Client"
) -> None:
    place = EndpointSeed("x", OWNER, TOKYO.region, "", "", "", split_tunnel=False)
    owner = administrator(aws, place)("ec2")
    gateway = owner.create_transit_gateway(Options={"TransitGatewayCidrBlocks": ["10.90.0.0/24"]})
    original = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]
    provider = original["AuthenticationOptions"][0]["FederatedAuthentication"]["SamlProviderArn"]
    ec2.create_client_vpn_endpoint(
        ClientCidrBlock="10.60.0.0/22",
        ServerCertificateArn=original["ServerCertificateArn"],
        AuthenticationOptions=[
            {"Type": "federated-authentication", "FederatedAuthentication": {"SAMLProviderArn": provider}}
        ],
        ConnectionLogOptions={"Enabled": False},
        TransitGatewayConfiguration={"TransitGatewayId": gateway["TransitGateway"]["TransitGatewayId"]},
        TagSpecifications=[
            {
                "ResourceType": "client-vpn-endpoint",
                "Tags": [{"Key": "Name", "Value": "shared"}, {"Key": "genkan:managed", "Value": "true"}],
            }
        ],
    )
    endpoint = read("shared")
    assert endpoint.status == "pending"
    state = attachment_state(endpoint)
    assert state is not None
    assert (state.state, state.tone) == ("pendingAcceptance", "warn")
    assert OWNER in state.text
    assert state.attachment_id in state.text
    owner.reject_transit_gateway_client_vpn_attachment(TransitGatewayAttachmentId=state.attachment_id)
    rejected = attachment_state(read("shared"))
    assert rejected is not None
    assert (rejected.state, rejected.tone) == ("rejected", "out")
    owner.close()


@pytest.mark.django_db
def test_a_state_that_aws_adds_one_day_is_shown_as_it_is() -> None:
    endpoint = Endpoint(
        settings={"TransitGatewayConfiguration": {"TransitGatewayId": "tgw-0"}},
        attachment={"state": "resting"},
    )
    state = attachment_state(endpoint)
    assert state is not None
    assert state.tone == "unknown"
    assert "resting" in state.text
