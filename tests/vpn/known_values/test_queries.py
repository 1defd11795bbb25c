"""What forms offer: from the last snapshot, in words, and no more than is known."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.certificates.models import Certificate, CertificateKind
from vpn.connection_log.models import LogSource
from vpn.directory.models import Directory, DirectoryGroup
from vpn.endpoints.models import Endpoint
from vpn.known_values.queries import (
    availability_zones,
    certificates,
    connect_handlers,
    groups,
    known_endpoints,
    known_security_groups,
    log_groups,
    log_streams,
    transit_gateways,
)

pytestmark = pytest.mark.django_db

CERTIFICATE = "arn:aws:acm:ap-northeast-1:111122223333:certificate/0a"
SETTINGS = {"ServerCertificateArn": CERTIFICATE, "SecurityGroupIds": ["sg-0a1b2c3d"]}
STAFF, ABROAD, UNUSED = "g-staff", "g-abroad", "g-unused"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    save_endpoint("osaka", vpc_id="vpc-2", settings={"SecurityGroupIds": ["sg-0d1b2c3d"]})
    save_endpoint("tokyo-standby", vpc_id="vpc-1", settings={**SETTINGS, "SecurityGroupIds": ["sg-0b1b2c3d"]})
    return save_endpoint(
        vpc_id="vpc-1", settings=SETTINGS, authorization_rules=[rule("10.0.0.0/16", group=STAFF)]
    )


def save_certificate(endpoint: Endpoint, **changes: object) -> Certificate:
    now = timezone.now()
    fields = {
        "name": "vpn.example.co.jp",
        "not_after": now + timedelta(days=40, hours=1),
        "seen_at": now,
        "named_at": now,
    }
    return Certificate.objects.create(
        account=endpoint.account, kind=CertificateKind.SERVER, reference=CERTIFICATE, **(fields | changes)
    )


def test_security_groups_are_those_of_the_endpoint_s_vpc_with_who_has_them(endpoint: Endpoint) -> None:
    known = known_security_groups(endpoint)
    assert [(group.value, group.words) for group in known.values] == [
        ("sg-0a1b2c3d", "tokyo-main"),
        ("sg-0b1b2c3d", "tokyo-standby"),
    ]
    assert known.seen_at is not None


def test_a_certificate_says_how_long_it_is_valid_and_nothing_where_nobody_looks(
    endpoint: Endpoint, settings: Settings
) -> None:
    def words() -> str:
        known = certificates(known_endpoints(endpoint.account), CertificateKind.SERVER)
        assert [certificate.value for certificate in known.values] == [CERTIFICATE]
        return known.values[0].words

    assert words() == "tokyo-main, tokyo-standby"
    save_certificate(endpoint)
    assert words() == "vpn.example.co.jp · 40 days left · tokyo-main, tokyo-standby"
    Certificate.objects.update(error_id="aws-denied")
    assert "Not known" in words()
    settings.VPN_SOURCES = frozenset()
    assert words() == "tokyo-main, tokyo-standby"


def test_what_the_connection_log_and_the_handler_are_called_is_offered_with_who_has_it(db: None) -> None:
    handler = "arn:aws:lambda:ap-northeast-1:111122223333:function:AWSClientVPN-deny:live"
    log = {"Enabled": True, "CloudwatchLogGroup": "/aws/vpn", "CloudwatchLogStream": "ours"}
    asked = {"Enabled": True, "LambdaFunctionArn": handler}
    main = save_endpoint(
        log_group="/aws/vpn", settings={"ConnectionLogOptions": log, "ClientConnectOptions": asked}
    )
    own_stream = {**log, "CloudwatchLogStream": f"{main.endpoint_id}-ap-northeast-1-2026/11/30-x"}
    switched_off = {"ConnectionLogOptions": own_stream, "ClientConnectOptions": {**asked, "Enabled": False}}
    save_endpoint("osaka-dr", log_group="/aws/vpn", settings=switched_off)
    LogSource.objects.create(account=main.account, log_group="/aws/older", read_until=timezone.now())
    beside = known_endpoints()
    offered = [(known.value, known.words) for known in log_groups(beside).values]
    assert offered == [("/aws/vpn", "osaka-dr, tokyo-main"), ("/aws/older", "")]
    assert [known.value for known in log_streams(beside).values] == ["ours"]
    assert [(known.value, known.words) for known in connect_handlers(beside).values] == [
        (handler, "tokyo-main")
    ]


def test_a_transit_gateway_and_zones_are_offered(db: None) -> None:
    gateway = {"TransitGatewayId": "tgw-0a1b2c3d", "AvailabilityZones": ["ap-northeast-1a"]}
    save_endpoint("hub", settings={"TransitGatewayConfiguration": gateway})
    main = save_endpoint("main", vpc_id="vpc-1")
    main.account.subnets = [{"vpc_id": "vpc-1", "zone_name": "ap-northeast-1c", "subnet_id": "subnet-0a"}]
    main.account.save()
    assert [(known.value, known.words) for known in transit_gateways(known_endpoints()).values] == [
        ("tgw-0a1b2c3d", "hub")
    ]
    assert [(known.value, known.words) for known in availability_zones(known_endpoints()).values] == [
        ("ap-northeast-1a", "hub"),
        ("ap-northeast-1c", "main"),
    ]


def test_groups_have_names_and_those_of_the_directory_are_suggested(
    endpoint: Endpoint, settings: Settings
) -> None:
    settings.GROUP_NAMES = {ABROAD: "Abroad"}
    known = groups(known_endpoints())
    assert (ABROAD, "Abroad") in [(group.value, group.words) for group in known.values]
    assert known.others == ()
    settings.IDENTITY_STORE = {"id": "d-1234567890", "region": "ap-northeast-1"}
    directory = Directory.objects.create(identity_store_id="d-1234567890", seen_at=timezone.now())
    for group_id, name in ((STAFF, "Staff"), (UNUSED, "Unused")):
        DirectoryGroup.objects.create(directory=directory, group_id=group_id, name=name)
    labels = [group.label for group in groups(known_endpoints()).values]
    assert "Staff · 1 rule · g-staff" in labels


@pytest.fixture
def admin(takahashi: User, signed_in: SignedIn) -> Client:
    return signed_in(takahashi)


def test_what_was_chosen_and_typed_in_a_form_reaches_the_plan(endpoint: Endpoint, admin: Client) -> None:
    associated = [
        {
            "subnet_id": "subnet-0a1b2c3d",
            "vpc_id": "vpc-1",
            "status": "associated",
            "association_id": "cvpn-assoc-0a",
            "security_groups": [],
        }
    ]
    Endpoint.objects.update(target_networks=associated)
    form = {"endpoint": endpoint.endpoint_id, "stage": "plan"}
    url = "/operations/new/apply-security-groups/"
    page = admin.get(url, {"endpoint": endpoint.endpoint_id}).content.decode()
    assert "Known to the portal" in page
    assert "tokyo-standby · sg-0b1b2c3d" in page
    plan = admin.post(url, {**form, "security_groups": ["sg-0b1b2c3d", "sg-0f1b2c3d"]}).content.decode()
    assert "sg-0b1b2c3d, sg-0f1b2c3d" in plan
    assert 'name="security_groups" value="sg-0b1b2c3d\nsg-0f1b2c3d"' in plan
    # And back to the form, as the plan's page sends it
    edited = admin.post(url, {**form, "stage": "edit", "security_groups": "sg-0b1b2c3d\nsg-0f1b2c3d"})
    assert edited.content.decode().count(" checked") == 1


@pytest.mark.parametrize(
    "kind", ["modify-endpoint", "copy-endpoint", "authorize-ingress", "take-office-route"]
)
def test_each_form_offers_what_is_known(kind: str, endpoint: Endpoint, admin: Client) -> None:
    route = {"destination_cidr": "172.16.0.0/16", "target_subnet": "subnet-0a1b2c3d", "origin": "add-route"}
    Endpoint.objects.filter(pk=endpoint.pk).update(
        routes=[{**route, "status": "active", "description": "Office", "type": "Nat"}]
    )
    page = admin.get(f"/operations/new/{kind}/", {"endpoint": endpoint.endpoint_id}).content.decode()
    assert "Another one" in page
    assert "As of" in page
