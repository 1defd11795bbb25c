"""The portal with IAM enforced and exactly the policies of infra/cloudformation/portal-roles.yaml.

One run of everything that asks AWS: no call is refused, and no permission is there that no call needs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.celery import app
from sandbox.aws.control import Control
from sandbox.aws.seed_kinds import seed_kinds
from sandbox.company import HEALTH_QUEUE, HUB, IDENTITY_STORE_ID, OSAKA, TOKYO
from tests.conftest import SignedIn
from tests.infra.test_templates import actions_in_code
from tests.vpn.operations.asking import finish
from tests.vpn.operations.certificates import mutual_endpoint, revocation_list
from tests.vpn.operations.every_kind import DENY_TABLE, TANAKA, World
from tests.vpn.operations.kind_cases import KIND_CASES, prepared
from tests.vpn.operations.shipped_roles import STACK, ShippedRoles, unenforced
from vpn.authorization_policy.tasks import read_policies
from vpn.aws import accounts, deny_list, logs_insights, stacks
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import cloudformation_client, dynamodb_client, forget_sessions, logs_client
from vpn.certificates.tasks import check_certificates
from vpn.changes.tasks import attribute_changes
from vpn.connection_log.ingest.tasks import import_accounts
from vpn.directory.tasks import read_directory
from vpn.endpoints.models import Endpoint
from vpn.endpoints.tasks import sync_accounts
from vpn.health_events.tasks import read_health_events
from vpn.metrics.tasks import read_metrics
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus
from vpn.quotas.tasks import read_quotas
from vpn.tunnels.tasks import check_tunnels

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

pytestmark = [pytest.mark.usefixtures("hurried"), pytest.mark.django_db]

READ: Final[tuple[Callable[[], Any], ...]] = (
    sync_accounts,
    check_certificates,
    read_policies,
    read_directory,
    import_accounts,
    attribute_changes,
    read_metrics,
    read_quotas,
    check_tunnels,
    read_health_events,
)


@pytest.fixture
def ec2(aws: str, control: Control) -> "Iterator[EC2Client]":
    """Somebody in the console, whom IAM lets do everything."""
    session: Any = boto3.session.Session(
        control.add_principal("user", "administrator"), "any", region_name=TOKYO.region
    )
    client = session.client("ec2", endpoint_url=aws)
    yield client
    client.close()


@pytest.fixture
def roles(
    aws: str,
    world: World,
    settings: Settings,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ShippedRoles]:
    shipped = ShippedRoles(aws)
    seed_kinds(aws)
    for name, value in shipped.worker_credentials().items():
        monkeypatch.setenv(name, value)
    settings.VPN_ACCOUNTS = [
        {"name": name, "region": place.region, **shipped.outputs[place.account]}
        for name, place in (("tokyo", TOKYO), ("osaka", OSAKA))
    ]
    reading = {name: shipped.outputs[TOKYO.account][name] for name in ("role_arn", "external_id")}
    settings.IDENTITY_STORE = {"id": IDENTITY_STORE_ID, "region": TOKYO.region, **reading}
    queue = {"url": f"{aws}/{TOKYO.account}/{HEALTH_QUEUE}", "region": TOKYO.region}
    settings.AWS_HEALTH_QUEUE = queue | reading
    settings.LOG_RETENTION_DAYS, settings.LOG_REQUESTS_PER_SECOND = 1, 1000
    app.conf.task_always_eager = True
    forget_sessions()
    control.enforce_iam(True)
    yield shipped
    app.conf.task_always_eager = False


def read_everything(world: World) -> None:
    """Each source has something to tell: a change in the console, an event in the queue, a revocation list."""
    world.control.set_trail_delay(0)
    world.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=world.tokyo.endpoint_id, SessionTimeoutHours=8)
    mutual_endpoint(world.ec2, world.architecture, revocation_list(1))
    world.control.report_health()
    for read in READ:
        read()
    account = accounts.configured()[0]
    with cloudformation_client(account) as cloudformation:
        assert stacks.stack(cloudformation, name=STACK).outputs
    now = timezone.now()
    with logs_client(account) as client:
        group = world.architecture.tokyo.vpn.log_group
        query = logs_insights.start(
            client, log_groups=[group], query="fields @message", since=now - timedelta(hours=1), until=now
        )
        logs_insights.get_results(client, query_id=query)
        # It has ended meanwhile, which isn't a question of permission.
        with suppress(AwsError):
            logs_insights.stop(client, query_id=query)


def carry_out(operation: Operation, between: Callable[[], None]) -> None:
    finish(operation, between=between)
    assert operation.status == OperationStatus.SUCCEEDED, (operation.kind, operation.error_message)


@contextmanager
def put_back(world: World) -> Iterator[None]:
    """Afterwards AWS and the database are as they were when the sandbox's state was kept."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    world.control.put_back()
    with unenforced(world.control), dynamodb_client(Account("tokyo", TOKYO.region)) as client:
        deny_list.admit(client, table=DENY_TABLE, username=TANAKA)
    forget_sessions()


def act_and_undo(slug: str, world: World) -> None:
    """The plan, every step, and what undoing it does."""
    with unenforced(world.control):
        given = prepared(slug, world)
    forget_sessions()
    with time_machine.travel(timezone.now()) as clock:

        def between() -> None:
            clock.shift(given.pause)
            world.control.skip(60)

        operation = given.ask(world.ask)
        carry_out(operation, between)
        undo = get_kind(slug).undo(operation)
        if undo:
            world.observe()
            endpoint = given.endpoint and Endpoint.objects.get(pk=given.endpoint.pk)
            carry_out(world.ask(undo.kind, endpoint, **undo.data), between)


def test_no_call_is_refused_and_no_permission_is_too_many(roles: ShippedRoles, world: World) -> None:
    world.control.keep()
    with put_back(world):
        read_everything(world)
    for slug in KIND_CASES:
        with put_back(world):
            act_and_undo(slug, world)
    asked = world.control.iam_evaluations()
    refused = [(call["action"], call["arns"]) for call in asked if not call["allowed"]]
    assert refused == []
    # Whatever vpn/aws says that it calls was called.
    assert actions_in_code() <= {call["action"] for call in asked}
    # In one of the accounts: Osaka's has neither a queue nor a directory.
    needed = {permission.name for permission in roles.permissions() if roles.is_needed(permission, asked)}
    assert {permission.name for permission in roles.permissions()} - needed == set()


# Which page says that AWS refused the action, after which task
ON_PAGES: Final = {
    "ec2:DescribeClientVpnRoutes": (sync_accounts, "/endpoints/{tokyo}/"),
    "ec2:DescribeTransitGatewayAttachments": (sync_accounts, "/endpoints/{hub}/"),
    "acm:DescribeCertificate": (check_certificates, "/endpoints/{tokyo}/"),
    "iam:GetSAMLProvider": (check_certificates, "/endpoints/{osaka}/"),
    "ec2:GetClientVpnEndpointAuthorizationPolicy": (read_policies, "/endpoints/{tokyo}/?tab=policy"),
    "logs:FilterLogEvents": (import_accounts, "/connections/sources/"),
    "cloudwatch:GetMetricData": (read_metrics, "/endpoints/{tokyo}/?tab=metrics"),
    "cloudtrail:LookupEvents": (attribute_changes, "/endpoints/{tokyo}/?tab=changes"),
    "servicequotas:GetServiceQuota": (read_quotas, "/endpoints/{tokyo}/"),
    "pricing:GetProducts": (read_quotas, "/endpoints/{tokyo}/"),
    "ec2:GetVpnTunnelReplacementStatus": (check_tunnels, "/endpoints/{tokyo}/"),
    "sqs:ReceiveMessage": (read_health_events, "/aws-health/"),
}


def test_an_action_that_is_taken_away_is_named_where_something_is_not_known(
    roles: ShippedRoles, world: World, takahashi: User, signed_in: SignedIn
) -> None:
    world.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=world.tokyo.endpoint_id, SessionTimeoutHours=8)
    sync_accounts()
    client = signed_in(takahashi)
    ids = {endpoint.label: endpoint.endpoint_id for endpoint in Endpoint.objects.all()}
    places = {"tokyo": ids[TOKYO.label], "osaka": ids[OSAKA.label], "hub": ids[HUB.label]}
    missing = []
    for action, (read, path) in ON_PAGES.items():
        with transaction.atomic():
            with roles.without(action):
                read()
            answer = client.get(path.format(**places))
            assert answer.status_code == 200
            if action not in answer.content.decode():
                missing.append(action)
            transaction.set_rollback(True)
    assert missing == []


def test_an_operation_without_its_permission_is_refused_before_anything_is_changed(
    roles: ShippedRoles, world: World
) -> None:
    before = world.tokyo.routes
    given = prepared("create-route", world)
    with roles.without("ec2:CreateClientVpnRoute"):
        operation = finish(given.ask(world.ask))
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "aws-access-denied")
    assert "ec2:CreateClientVpnRoute" in operation.error_message
    world.observe()
    assert world.tokyo.routes == before
    carry_out(given.ask(world.ask), lambda: world.control.skip(60))
