"""Carrying out: waiting, trying again, giving up, cancelling; by workers that may be several, or dead."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.aws.control import Control
from tests.vpn.operations.asking import Ask, abandon, ask_as, finish, make_due
from vpn.endpoints.models import Endpoint
from vpn.operations.engine import claiming, recording, state_machine, worker
from vpn.operations.engine.advancing import advance
from vpn.operations.engine.claiming import MAX_CONCURRENT
from vpn.operations.lease import LeaseLost, renew_lease
from vpn.operations.models import Operation
from vpn.operations.refusals import WrongState
from vpn.operations.requests import services
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

LAB = "192.168.77.0/24"
Routes = Callable[[], set[tuple[str, str]]]


@pytest.fixture
def route(endpoint: Endpoint) -> dict[str, str]:
    return {"destination_cidr": LAB, "target_subnet": endpoint.target_networks[0]["subnet_id"]}


def fresh(operation: Operation) -> Operation:
    return Operation.objects.get(pk=operation.pk)


def test_an_operation_that_has_ended_changes_its_status_no_more(
    endpoint: Endpoint, ask: Ask, route: dict[str, str]
) -> None:
    operation = finish(ask("create-route", endpoint, **route))
    for transition in (state_machine.CLAIM, state_machine.CANCEL, state_machine.QUEUE, state_machine.GIVE_UP):
        with pytest.raises(WrongState):
            state_machine.change_status(transition, operation)
    with pytest.raises(LeaseLost):
        state_machine.change_status(state_machine.FAIL, operation)
    assert fresh(operation).status == OperationStatus.SUCCEEDED


def test_while_aws_is_at_it_the_row_waits_and_no_worker_does(
    endpoint: Endpoint, ask: Ask, route: dict[str, str], control: Control, routes: Routes
) -> None:
    operation = ask("create-route", endpoint, **route)
    # The answer to the second look: the route is there, and not yet active.
    control.slow("CreateClientVpnRoute", 0)
    worker.run(operation.pk)
    operation = fresh(operation)
    if operation.status == OperationStatus.WAITING:
        assert operation.next_attempt_at is not None
        assert operation.lease is None
        assert str(operation.pk) not in advance()
        make_due(operation)
        assert str(operation.pk) in advance()
    finish(operation)
    assert (LAB, "active") in routes()


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "ConcurrentMutationLimitExceeded", "Unavailable"])
def test_a_storm_is_waited_out_and_the_change_made_once(
    code: str,
    endpoint: Endpoint,
    ask: Ask,
    route: dict[str, str],
    control: Control,
    routes: Routes,
    hurried: None,
) -> None:
    operation = ask("create-route", endpoint, **route)
    control.fail("CreateClientVpnRoute", code)
    pauses = []
    for _ in range(3):
        worker.run(operation.pk)
        operation = fresh(operation)
        assert (operation.status, operation.error_code) == (OperationStatus.WAITING, code)
        assert operation.next_attempt_at is not None
        pauses.append(round((operation.next_attempt_at - timezone.now()).total_seconds() / 5))
        make_due(operation)
    assert pauses == [1, 2, 4]
    control.heal()
    assert finish(operation).status == OperationStatus.SUCCEEDED
    assert (operation.error_id, operation.error_code) == ("", "")
    assert (LAB, "active") in routes()


@pytest.mark.parametrize("action", ["CreateClientVpnRoute", "DescribeClientVpnRoutes"])
@pytest.mark.parametrize("how", ["cut", "drop"])
def test_an_answer_that_is_lost_does_no_harm(
    how: str,
    action: str,
    endpoint: Endpoint,
    ask: Ask,
    route: dict[str, str],
    control: Control,
    routes: Routes,
    hurried: None,
) -> None:
    operation = ask("create-route", endpoint, **route)
    getattr(control, how)(action, times=6)
    assert finish(operation).status == OperationStatus.SUCCEEDED
    assert [listed for listed in routes() if listed[0] == LAB] == [(LAB, "active")]


def test_a_refusal_of_aws_ends_it_with_awss_own_code(
    endpoint: Endpoint, ask: Ask, route: dict[str, str], control: Control, routes: Routes
) -> None:
    operation = ask("create-route", endpoint, **route)
    control.fail("CreateClientVpnRoute", "ClientVpnRouteLimitExceeded")
    finish(operation)
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "aws-limit-reached")
    assert operation.error_code == "ClientVpnRouteLimitExceeded"
    assert LAB not in {cidr for cidr, _ in routes()}
    event = AuditEvent.objects.get(tag="operation:failed")
    assert event.details["error_code"] == "ClientVpnRouteLimitExceeded"


def test_without_the_permission_it_fails_before_anything_is_changed(
    endpoint: Endpoint, ask: Ask, route: dict[str, str], control: Control
) -> None:
    operation = ask("create-route", endpoint, **route)
    control.fail("CreateClientVpnRoute", "UnauthorizedOperation", times=1)
    finish(operation)
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "aws-access-denied")
    assert operation.steps.get(position=1).status == "failed"
    assert operation.steps.get(position=2).status == "pending"


def test_what_somebody_else_did_meanwhile_is_not_done_again(
    endpoint: Endpoint, ask: Ask, route: dict[str, str], ec2: "EC2Client"
) -> None:
    operation = ask("create-route", endpoint, **route)
    ec2.create_client_vpn_route(
        ClientVpnEndpointId=endpoint.endpoint_id,
        DestinationCidrBlock=LAB,
        TargetVpcSubnetId=route["target_subnet"],
    )
    assert finish(operation).status == OperationStatus.SUCCEEDED
    assert operation.steps.get(position=2).acted_at is None


def test_a_failed_association_says_so(
    endpoint: Endpoint, ask: Ask, control: Control, resync: Callable[[], Endpoint]
) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    gone = finish(ask("disassociate-target-network", endpoint, subnet_id=subnet))
    assert gone.status == OperationStatus.SUCCEEDED
    endpoint = resync()
    control.fail_associations(1)
    operation = finish(ask("associate-target-network", endpoint, subnet_id=subnet))
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-association-failed")
    assert operation.error_message
    again = finish(ask("associate-target-network", resync(), subnet_id=subnet))
    assert again.status == OperationStatus.SUCCEEDED


def test_past_its_deadline_it_is_given_up(endpoint: Endpoint, ask: Ask, route: dict[str, str]) -> None:
    operation = ask("create-route", endpoint, **route)
    past = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(pk=operation.pk).update(deadline_at=past, status=OperationStatus.WAITING)
    worker.run(operation.pk)
    operation = fresh(operation)
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-deadline")


def test_a_queued_one_that_is_late_is_given_up_without_a_worker(
    endpoint: Endpoint, ask: Ask, route: dict[str, str]
) -> None:
    operation = ask("create-route", endpoint, **route)
    Operation.objects.filter(pk=operation.pk).update(deadline_at=timezone.now() - timedelta(seconds=1))
    assert advance() == []
    assert fresh(operation).error_id == "operation-deadline"


def test_what_a_dead_worker_left_is_taken_over_and_not_before(
    endpoint: Endpoint, ask: Ask, route: dict[str, str]
) -> None:
    operation = ask("create-route", endpoint, **route)
    assert claiming.claim(operation.pk) is not None
    assert advance() == []
    assert claiming.claim(operation.pk) is None
    abandon(operation)
    assert advance() == [str(operation.pk)]
    assert finish(operation).status == OperationStatus.SUCCEEDED


def test_who_lost_the_lease_writes_nothing_more(endpoint: Endpoint, ask: Ask, route: dict[str, str]) -> None:
    operation = ask("create-route", endpoint, **route)
    slow = claiming.claim(operation.pk)
    assert slow is not None
    abandon(operation)
    assert claiming.claim(operation.pk) is not None
    with pytest.raises(LeaseLost):
        renew_lease(slow)
    with pytest.raises(LeaseLost):
        recording.succeed(slow)
    with pytest.raises(LeaseLost):
        recording.begin_step(slow, slow.steps.get(position=1))
    assert fresh(operation).status == OperationStatus.RUNNING


def test_one_that_is_cancelled_while_a_worker_is_at_it_stops_at_the_next_step(
    endpoint: Endpoint, ask: Ask, route: dict[str, str], takahashi: User, routes: Routes
) -> None:
    operation = ask("create-route", endpoint, **route)
    claimed = claiming.claim(operation.pk)
    assert claimed is not None
    services.cancel(operation=operation, actor=takahashi)
    assert operation.status == OperationStatus.CANCELLING
    with pytest.raises(LeaseLost):
        renew_lease(claimed)
    abandon(operation)
    worker.run(operation.pk)
    assert fresh(operation).status == OperationStatus.CANCELLED
    assert LAB not in {cidr for cidr, _ in routes()}


def test_the_eleventh_change_of_an_endpoint_stays_queued(endpoint: Endpoint, ask: Ask) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    operations = [
        ask("create-route", endpoint, destination_cidr=f"192.168.{number}.0/24", target_subnet=subnet)
        for number in range(MAX_CONCURRENT + 1)
    ]
    claimed = [claiming.claim(operation.pk) for operation in operations]
    assert [claim is not None for claim in claimed] == [True] * MAX_CONCURRENT + [False]
    assert fresh(operations[-1]).status == OperationStatus.QUEUED
    abandon(operations[0])
    finish(operations[0])
    assert claiming.claim(operations[-1].pk) is not None


def test_a_kind_that_this_version_does_not_have_fails_in_words(
    endpoint: Endpoint, ask: Ask, route: dict[str, str]
) -> None:
    operation = ask("create-route", endpoint, **route)
    Operation.objects.filter(pk=operation.pk).update(kind="make-coffee")
    worker.run(operation.pk)
    assert fresh(operation).error_id == "operation-kind-unknown"


def test_an_account_that_is_no_longer_configured_fails_in_words(
    endpoint: Endpoint, ask: Ask, route: dict[str, str]
) -> None:
    operation = ask("create-route", endpoint, **route)
    endpoint.account.name = "elsewhere"
    endpoint.account.save()
    worker.run(operation.pk)
    assert fresh(operation).error_id == "operation-account-unknown"


def test_a_row_that_is_not_there_is_nobodys_work(db: None) -> None:
    worker.run(uuid4())


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_works(
    endpoint: Endpoint, takahashi: User, route: dict[str, str], control: Control
) -> None:
    operation = ask_as(takahashi)("create-route", endpoint, **route)
    control.slow("CreateClientVpnRoute", 0.2)
    before = len(control.calls())

    def work() -> None:
        try:
            worker.run(operation.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    made = [call for call in control.calls()[before:] if call["action"] == "CreateClientVpnRoute"]
    assert len(made) == 2, "a dry run and a call"
    assert fresh(operation).attempts <= 1
