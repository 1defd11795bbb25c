"""Pausing and resuming an endpoint: everything that was taken away comes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import PEOPLE, TOKYO
from tests.vpn.operations.asking import Ask, after_a_death, finish, plan
from vpn.endpoints import services as endpoints
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operations.engine import worker
from vpn.operations.models import Operation
from vpn.operations.requests.step_rows import step_rows
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]


def succeeded(operation: Operation, **more: Any) -> Operation:
    finish(operation, **more)
    assert (operation.status, operation.error_id, operation.error_message) == (
        OperationStatus.SUCCEEDED,
        "",
        "",
    )
    return operation


def shape(endpoint: Endpoint) -> dict[str, Any]:
    """All that an endpoint is, but for the ids of its associations."""
    live = [network for network in endpoint.target_networks if network["status"] == "associated"]
    return {
        "status": endpoint.status,
        "networks": {
            association["subnet_id"]: sorted(association["security_groups"]) for association in live
        },
        "routes": sorted(
            (r["destination_cidr"], r["target_subnet"], r["description"]) for r in endpoint.routes
        ),
        "rules": sorted((r["destination_cidr"], r["group_id"]) for r in endpoint.authorization_rules),
        "settings": {
            **endpoint.settings,
            "SecurityGroupIds": sorted(endpoint.settings.get("SecurityGroupIds", ())),
        },
    }


@pytest.fixture
def second_subnet(ec2: "EC2Client", endpoint: Endpoint, architecture: Architecture, control: Control) -> str:
    """Associated too, with a route of its own, and security groups that are not the VPC's default."""
    vpc = architecture.tokyo.network.vpc_id
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone="ap-northeast-1c")[
        "Subnet"
    ]
    group = ec2.create_security_group(GroupName="vpn", Description="vpn", VpcId=vpc)["GroupId"]
    ec2.associate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint.endpoint_id, SubnetId=subnet["SubnetId"]
    )
    control.skip(60)
    ec2.apply_security_groups_to_client_vpn_target_network(
        ClientVpnEndpointId=endpoint.endpoint_id, VpcId=vpc, SecurityGroupIds=[group]
    )
    ec2.create_client_vpn_route(
        ClientVpnEndpointId=endpoint.endpoint_id,
        DestinationCidrBlock="0.0.0.0/0",
        TargetVpcSubnetId=subnet["SubnetId"],
        Description="second",
    )
    control.skip(60)
    return subnet["SubnetId"]


def connect(control: Control, endpoint: Endpoint, username: str = PEOPLE[0].email) -> str:
    made = control.connect(
        account=TOKYO.account,
        region=TOKYO.region,
        endpoint_id=endpoint.endpoint_id,
        username=username,
        device_ip="198.51.100.27",
    )
    return str(made["id"])


@pytest.mark.usefixtures("second_subnet")
def test_a_paused_endpoint_is_resumed_as_it_was(ask: Ask, resync: Look) -> None:
    before = resync()
    succeeded(ask("pause-endpoint", before, when="now"))
    paused = resync()
    assert shape(paused)["networks"] == {}
    assert paused.status == "pending-associate"
    assert [route for route in paused.routes if route["origin"] == "add-route"] == []
    succeeded(ask("resume-endpoint", paused))
    assert shape(resync()) == shape(before)


@pytest.mark.usefixtures("second_subnet")
def test_subnets_are_associated_at_the_same_time(ask: Ask, resync: Look, control: Control) -> None:
    succeeded(ask("pause-endpoint", resync(), when="now"))
    operation = ask("resume-endpoint", resync())
    calls = len(control.calls())
    worker.run(operation.pk)
    asked = [call["action"] for call in control.calls()[calls:]]
    assert asked.count("AssociateClientVpnTargetNetwork") == 3  # the dry run, and one for each
    finish(operation)
    assert operation.status == OperationStatus.SUCCEEDED


def test_the_plan_says_what_goes_and_who(endpoint: Endpoint, control: Control, resync: Look) -> None:
    connect(control, endpoint)
    planned = plan("pause-endpoint", resync(), when="now").plan
    assert planned is not None
    assert [(change.name, change.after) for change in planned.changes][:1] == [("target network", None)]
    assert [person.username for person in planned.disconnects] == [PEOPLE[0].email]
    assert planned.destructive
    assert not planned.reconnects


def test_an_endpoint_without_subnets_is_not_paused_again(ask: Ask, endpoint: Endpoint, resync: Look) -> None:
    succeeded(ask("pause-endpoint", endpoint, when="now"))
    draft = plan("pause-endpoint", resync(), when="now")
    assert "paused already" in str(draft.form.errors) or "一時停止" in str(draft.form.errors)
    assert draft.plan is None


def test_an_endpoint_that_was_never_paused_has_nothing_to_resume(endpoint: Endpoint) -> None:
    assert plan("resume-endpoint", endpoint).plan is None


def test_a_soft_pause_waits_until_the_last_one_has_left(
    ask: Ask, endpoint: Endpoint, control: Control, resync: Look
) -> None:
    connection = connect(control, endpoint)
    operation = ask("pause-endpoint", resync(), when="empty", hours="4")
    worker.run(operation.pk)
    operation.refresh_from_db()
    step = operation.steps.get(key="wait-until-empty")
    assert operation.status == OperationStatus.WAITING
    assert step.after == {"connected": [PEOPLE[0].email]}
    with override("en"):
        assert step_rows([step])[0].detail == f"1 still connected: {PEOPLE[0].email}"
    assert shape(resync())["networks"]
    control.disconnect(connection)
    succeeded(operation)
    assert shape(resync())["networks"] == {}


@pytest.mark.parametrize(
    ("when", "status"), [("empty", OperationStatus.FAILED), ("then-anyway", OperationStatus.SUCCEEDED)]
)
def test_a_soft_pause_ends_as_it_was_asked_to(
    ask: Ask, endpoint: Endpoint, control: Control, resync: Look, when: str, status: OperationStatus
) -> None:
    connect(control, endpoint)
    operation = ask("pause-endpoint", resync(), when=when, hours="1")
    worker.run(operation.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        finish(operation)
    assert operation.status == status
    assert bool(shape(resync())["networks"]) == (status == OperationStatus.FAILED)
    if status == OperationStatus.FAILED:
        assert (operation.error_id, operation.error_message) == ("operation-still-connected", PEOPLE[0].email)


def test_hours_are_asked_for_where_it_waits(endpoint: Endpoint) -> None:
    draft = plan("pause-endpoint", endpoint, when="empty", hours="")
    assert set(draft.form.errors) == {"hours"}


@pytest.mark.usefixtures("second_subnet")
def test_a_pause_that_was_cancelled_half_way_can_be_resumed(
    ask: Ask, resync: Look, takahashi: User, control: Control
) -> None:
    before = resync()
    operation = ask("pause-endpoint", before, when="now")
    control.fail("DisassociateClientVpnTargetNetwork", "UnauthorizedOperation", times=None)
    finish(operation)
    assert operation.status == OperationStatus.FAILED
    control.heal()
    succeeded(ask("pause-endpoint", resync(), when="now"))
    succeeded(ask("resume-endpoint", resync()))
    assert shape(resync()) == shape(before)


@pytest.mark.usefixtures("second_subnet")
def test_a_worker_that_dies_after_each_call_leaves_one_pause_and_one_resumption(
    ask: Ask, resync: Look, control: Control, hurried: None
) -> None:
    """Each answer is lost once, and another worker takes over."""
    before = resync()
    for slug, data in (("pause-endpoint", {"when": "now"}), ("resume-endpoint", {})):
        operation = ask(slug, resync(), **data)
        for action in ("Disassociate", "Associate", "ApplySecurityGroupsTo"):
            control.cut(f"{action}network", times=1)
        control.cut("CreateClientVpnRoute", times=1)
        finish(operation, between=after_a_death(operation))
        assert operation.status == OperationStatus.SUCCEEDED
        control.heal()
    assert shape(resync()) == shape(before)


def test_undoing_a_pause_offers_to_resume_that_one(ask: Ask, endpoint: Endpoint, resync: Look) -> None:
    operation = succeeded(ask("pause-endpoint", endpoint, when="now"))
    undo = get_kind(operation.kind).undo(operation)
    assert undo is not None
    assert (undo.kind, undo.data) == ("resume-endpoint", {"paused_by": str(operation.pk)})
    assert plan(undo.kind, resync(), **undo.data).plan is not None
    assert endpoints.sync_all()
