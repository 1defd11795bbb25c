"""An endpoint in the sandbox that an administrator may change, and a worker's turn."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from botocore.httpsession import URLLib3Session
from django.utils.translation import override
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import Ask, ask_as
from tests.vpn.operations.every_kind import World
from tests.vpn.operations.wire import Wire
from vpn.aws import accounts
from vpn.endpoints import services as endpoints
from vpn.endpoints.models import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture
def endpoint(synced: Architecture) -> Endpoint:
    """Tokyo's, as the portal has read it."""
    return Endpoint.objects.get(label=TOKYO.label)


@pytest.fixture
def plain_endpoint(db: None) -> Endpoint:
    """One that no AWS knows: a subnet, and the route to the internet that somebody made."""
    subnet = "subnet-0a1b2c3d"
    network = {
        "association_id": "cvpn-assoc-0",
        "subnet_id": subnet,
        "vpc_id": "vpc-0",
        "status": "associated",
    }
    route = {
        "destination_cidr": "0.0.0.0/0",
        "target_subnet": subnet,
        "origin": "add-route",
        "status": "active",
    }
    return save_endpoint(
        target_networks=[network | {"message": "", "security_groups": []}],
        routes=[route | {"description": "internet"}],
        client_cidr_block="10.8.0.0/16",
    )


@pytest.fixture
def english() -> Iterator[None]:
    """For words that are looked at outside a request."""
    with override("en"):
        yield


@pytest.fixture
def ask(takahashi: User) -> Ask:
    return ask_as(takahashi)


@pytest.fixture
def resync(endpoint: Endpoint) -> Callable[[], Endpoint]:
    """Read Tokyo's account anew, and give the endpoint as it is in the database then."""
    account = accounts.get(endpoint.account.name)
    assert account is not None

    def sync() -> Endpoint:
        assert not endpoints.sync_account(account, everything=True).failures
        return Endpoint.objects.get(pk=endpoint.pk)

    return sync


@pytest.fixture
def routes(ec2: "EC2Client", endpoint: Endpoint) -> Callable[[], set[tuple[str, str]]]:
    """The routes that AWS has, by destination and state."""

    def listed() -> set[tuple[str, str]]:
        listed = ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint.endpoint_id)["Routes"]
        return {(route["DestinationCidr"], route["Status"]["Code"]) for route in listed}

    return listed


@pytest.fixture
def wire(hurried: None, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Every call that the portal makes to AWS goes through it."""
    tapped = Wire()
    monkeypatch.setattr(URLLib3Session, "send", lambda *given: tapped.send(*given))
    return tapped


@pytest.fixture
def world(
    synced: Architecture, control: Control, ec2: "EC2Client", settings: Settings, ask: Ask, tanaka: User
) -> World:
    """For every kind of operation. The person whom kinds for people act on has an account."""
    return World(synced, control, ec2, settings, ask)
