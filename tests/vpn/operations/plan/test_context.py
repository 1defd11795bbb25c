"""What is compared comes from the last snapshot and from people's last sign-ins."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.access.models import User
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, ENGINEERING, OFFICE_LAN, TOKYO
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.models import ConnectionTally
from vpn.endpoints.models import Endpoint
from vpn.operations.plan import context
from vpn.operations.plan.configuration import with_rule
from vpn.operations.plan.egress import fixed_addresses
from vpn.operations.plan.report import compare_configurations
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db


def test_a_snapshot_becomes_a_state(synced: Architecture) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    state = context.endpoint_configuration(
        endpoint, {"DnsServers": ["10.0.0.2"], "ServerCertificateArn": "arn:one"}
    )
    assert state.subnets == (synced.tokyo.network.private_subnet_id,)
    assert {one.destination_cidr for one in state.rules} == {TOKYO.vpc_cidr, "0.0.0.0/0", OFFICE_LAN}
    assert fixed_addresses(state) == (TOKYO.egress_ip,)
    assert (state.dns_servers, state.server_certificate_arn) == (("10.0.0.2",), "arn:one")


def test_people_who_may_not_sign_in_any_more_are_not_counted() -> None:
    User.objects.create(username="m.tanaka@example.co.jp", name="田中 美咲", groups=[EMPLOYEES.id])
    User.objects.create(username="gone@example.co.jp", groups=[EMPLOYEES.id], is_active=False)
    assert [one.username for one in context.known_people()] == ["m.tanaka@example.co.jp"]


def test_holders_are_people_with_the_profile_that_is_valid_now() -> None:
    endpoint = save_endpoint()
    people = [User.objects.create(username=f"{name}@example.co.jp") for name in "abc"]
    for user, digest in zip(people, [endpoint.configuration_hash] * 2 + ["old"], strict=True):
        for _ in range(2):
            ProfileDownload.objects.create(
                user=user, endpoint=endpoint, configuration_hash=digest, downloaded_at=timezone.now()
            )
    assert context.count_profile_holders(endpoint) == 2


def test_a_whole_report_is_made_from_the_database() -> None:
    User.objects.create(username="m.tanaka@example.co.jp", name="田中 美咲", groups=[EMPLOYEES.id])
    endpoint = save_endpoint()
    before = context.endpoint_configuration(endpoint, {})
    after = with_rule(before, destination_cidr="198.51.100.0/24", group_id=ENGINEERING.id)
    found = compare_configurations(before, after, context.plan_context(endpoint))
    assert {person for one in found.consequences for person in one.people} == {"m.tanaka@example.co.jp"}


def test_hours_of_connections_are_those_of_the_30_days_before() -> None:
    endpoint, now = save_endpoint(), timezone.now()
    assert context.connection_hours(endpoint, now) is None
    for days, seconds in ((1, 3600), (29, 7200), (31, 99999)):
        ConnectionTally.objects.create(
            bucket=now - timedelta(days=days), endpoint_id=endpoint.endpoint_id, seconds=seconds
        )
    ConnectionTally.objects.create(bucket=now, endpoint_id="another", seconds=3600)
    assert context.connection_hours(endpoint, now) == Decimal(3)


def test_endpoints_are_counted_by_account_without_those_that_are_gone() -> None:
    endpoint = save_endpoint()
    save_endpoint("gone", vanished_at=timezone.now())
    found = context.endpoint_quota_use(endpoint.account, more=1)
    assert (found.used, found.limit, found.where) == (2, 5, "ap-northeast-1")
