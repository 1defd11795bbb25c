"""What is compared comes from the last snapshot and from people's last sign-ins."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.access.models import User
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, ENGINEERING, OFFICE_LAN, TOKYO
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log import partitions
from vpn.connection_log.models import CONNECTED, Connection, ConnectionTally, ConnectionUser, LogSource
from vpn.endpoints.egress import EgressReason
from vpn.endpoints.models import Endpoint
from vpn.operation_plans import context
from vpn.operation_plans.configuration import with_rule
from vpn.operation_plans.egress import fixed_addresses
from vpn.operation_plans.report import compare_configurations
from vpn.operations.models import Operation, OperationStep
from vpn.operations.states import OperationStatus, StepStatus
from vpn.quotas.limits import Limits

pytestmark = pytest.mark.django_db


def test_a_snapshot_becomes_a_state(synced: Architecture) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    state = context.endpoint_configuration(
        endpoint, {"DnsServers": ["10.0.0.2"], "ServerCertificateArn": "arn:one"}
    )
    assert state.subnets == (synced.tokyo.network.private_subnet_id,)
    assert {rule.destination_cidr for rule in state.rules} == {TOKYO.vpc_cidr, "0.0.0.0/0", OFFICE_LAN}
    assert fixed_addresses(state) == (TOKYO.egress_ip,)
    assert (state.dns_servers, state.server_certificate_arn) == (("10.0.0.2",), "arn:one")


def test_people_who_may_not_sign_in_any_more_are_not_counted() -> None:
    User.objects.create(username="m.tanaka@example.co.jp", name="田中 美咲", groups=[EMPLOYEES.id])
    User.objects.create(username="gone@example.co.jp", groups=[EMPLOYEES.id], is_active=False)
    assert [person.username for person in context.known_people()] == ["m.tanaka@example.co.jp"]


def save_past_connection(endpoint: Endpoint, username: str, at: datetime, status: str = "ended") -> None:
    user, _created = ConnectionUser.objects.get_or_create(username=username)
    if status in CONNECTED:
        user.last_connected_at = max(at, user.last_connected_at or at)
        user.save()
    partitions.ensure([at.date().replace(day=1)])
    Connection.objects.create(
        at=at,
        connection_id=f"cvpn-connection-{Connection.objects.count()}",
        endpoint_id=endpoint.endpoint_id,
        status=status,
        seen=0,
        user=user,
        updated_at=at,
    )


def test_people_are_counted_who_connected_whether_or_not_they_ever_signed_in() -> None:
    endpoint, now = save_endpoint(log_group="/vpn/tokyo"), timezone.now()
    LogSource.objects.create(account=endpoint.account, log_group="/vpn/tokyo", read_until=now)
    for username, days, status in (
        ("A.Ito@example.co.jp", 1, "ended"),
        ("A.Ito@example.co.jp", 2, "ended"),
        ("r.goto@example.co.jp", 0.01, "open"),
        ("refused@example.co.jp", 1, "failed"),
        ("long.ago@example.co.jp", 31, "ended"),
    ):
        save_past_connection(endpoint, username, now - timedelta(days=days), status)
    save_past_connection(save_endpoint("osaka-dr"), "elsewhere@example.co.jp", now - timedelta(days=1))
    assert context.recent_people(endpoint, now) == frozenset({"a.ito@example.co.jp", "r.goto@example.co.jp"})


def test_how_many_connected_is_unknown_where_the_log_is_off_or_was_never_read() -> None:
    now = timezone.now()
    assert context.recent_people(save_endpoint("off"), now) is None
    unread = save_endpoint("unread", log_group="/vpn/unread")
    assert context.recent_people(unread, now) is None
    LogSource.objects.create(account=unread.account, log_group="/vpn/unread", read_until=None)
    assert context.recent_people(unread, now) is None


def test_those_are_blocked_whom_an_operation_put_on_the_deny_list_and_none_took_off() -> None:
    account, now = save_endpoint().account, timezone.now()
    over, later = now - timedelta(hours=1), now + timedelta(hours=1)
    for number, (slug, key, names, until) in enumerate(
        (
            ("block-person", "deny:tokyo", ["a.ito@example.co.jp"], None),
            ("block-person", "deny:tokyo", ["back@example.co.jp"], None),
            ("block-person", "deny:tokyo", ["over@example.co.jp"], over),
            ("block-person", "deny:tokyo", ["until@example.co.jp"], later),
            ("block-person", "deny:osaka", ["elsewhere@example.co.jp"], None),
            ("unblock-person", "admit:tokyo", ["Back@example.co.jp"], None),
        ),
        start=1,
    ):
        operation = Operation.objects.create(
            number=number,
            kind=slug,
            status=OperationStatus.SUCCEEDED,
            lock_range=(number, number + 1),
            parameters={"usernames": names},
            before={"until": until.isoformat() if until else None},
        )
        OperationStep.objects.create(
            operation=operation, position=1, key=key, title="x", status=StepStatus.DONE
        )
    assert context.blocked_people(account, now) == ["a.ito@example.co.jp", "until@example.co.jp"]


def test_log_groups_exist_that_an_endpoint_writes_to_or_the_portal_has_read() -> None:
    account = save_endpoint(log_group="/vpn/tokyo").account
    LogSource.objects.create(account=account, log_group="/vpn/old", read_until=timezone.now())
    LogSource.objects.create(account=account, log_group="/vpn/never")
    assert context.known_log_groups(account) == {"/vpn/tokyo", "/vpn/old"}


def test_the_route_tables_of_subnets_that_no_endpoint_uses_are_read_too(synced: Architecture) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    public = synced.tokyo.network.public_subnet_id
    reasons = context.endpoint_configuration(endpoint, endpoint.settings).egress_reasons
    assert reasons[public] == (EgressReason.INTERNET_GATEWAY,)


def test_a_whole_report_is_made_from_the_database() -> None:
    User.objects.create(username="m.tanaka@example.co.jp", name="田中 美咲", groups=[EMPLOYEES.id])
    endpoint = save_endpoint()
    before = context.endpoint_configuration(endpoint, {})
    after = with_rule(before, destination_cidr="198.51.100.0/24", group_id=ENGINEERING.id)
    report = compare_configurations(before, after, context.plan_context(endpoint))
    assert {person for consequence in report.consequences for person in consequence.people} == {
        "m.tanaka@example.co.jp"
    }


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
    quota_use = context.endpoint_quota_use(endpoint.account, Limits(), more=1)
    assert (quota_use.used, quota_use.limit.value, quota_use.where) == (2, 5, "ap-northeast-1")
