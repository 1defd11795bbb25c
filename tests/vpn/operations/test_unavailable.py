"""What can't be done on an endpoint as it is isn't offered, and the page says why."""

from typing import Any

import pytest
from django.test import Client

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import plan
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import KINDS

pytestmark = pytest.mark.django_db

ZONE = "ap-northeast-1a"
TRANSIT_GATEWAY: dict[str, Any] = {
    "TransitGatewayConfiguration": {
        "TransitGatewayId": "tgw-0123456789abcdef0",
        "TransitGatewayAttachmentId": "tgw-attach-0123456789abcdef0",
        "AvailabilityZones": [ZONE],
    }
}


@pytest.fixture
def admin(takahashi: User, signed_in: SignedIn) -> Client:
    return signed_in(takahashi)


@pytest.fixture
def bare() -> Endpoint:
    """Without subnets, rules, routes and connections; nobody signs in by certificate."""
    return save_endpoint(authorization_rules=[], settings={"VpcId": "vpc-0"})


BARE = {
    # Nobody has read its policy yet.
    "modify-policy",
    "enforce-policy",
    "delete-policy",
    "import-revocation-list",
    "export-revocation-list",
    "terminate-connection",
    "give-office-route",
    "take-office-route",
    "revoke-ingress",
    "create-route",
    "delete-route",
    "pause-endpoint",
    "resume-endpoint",
    "apply-security-groups",
    "disassociate-target-network",
}


def test_a_bare_endpoint_offers_only_what_applies(bare: Endpoint, admin: Client) -> None:
    assert {kind.slug for kind in KINDS if kind.why_not(bare)} == BARE
    page = admin.get(f"/operations/new/?endpoint={bare.endpoint_id}").content.decode()
    for kind in KINDS:
        assert (f'href="/operations/new/{kind.slug}/' in page) == (kind.slug not in BARE), kind.slug


@pytest.mark.parametrize("slug", sorted(BARE))
def test_who_comes_by_a_link_reads_why_instead_of_a_form(bare: Endpoint, admin: Client, slug: str) -> None:
    page = admin.get(f"/operations/new/{slug}/?endpoint={bare.endpoint_id}").content.decode()
    assert "This operation can" in page
    assert 'name="stage"' not in page
    draft = plan(slug, bare)
    assert draft.plan is None
    assert draft.form.errors


def test_nothing_is_said_before_an_endpoint_is_chosen(bare: Endpoint, admin: Client) -> None:
    save_endpoint("osaka-dr")
    assert "Not possible now" not in admin.get("/operations/new/").content.decode()


def test_rules_and_settings_of_an_endpoint_with_a_transit_gateway_are_changed_as_ever() -> None:
    endpoint = save_endpoint(settings=TRANSIT_GATEWAY | {"ServerCertificateArn": "arn:aws:acm:one"})
    assert plan("authorize-ingress", endpoint, destination_cidr="10.0.0.0/8", who="everybody").plan
    assert plan("modify-endpoint", endpoint, session_timeout_hours="8").plan
