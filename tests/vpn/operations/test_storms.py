"""AWS that throttles, hangs, breaks off or refuses: what is waited out, for how long, and what is said in the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.aws.control import Control
from tests.conftest import SignedIn
from tests.vpn.operations.every_kind import OFFICE, World
from tests.vpn.operations.kind_cases import prepared
from tests.vpn.operations.wire import Call, Moment, Wire
from vpn.operation_kinds import get_undo
from vpn.operations.engine import worker
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus, StepStatus

THROTTLING = ["RequestLimitExceeded", "ThrottlingException", "ConcurrentMutationLimitExceeded"]


def through(operation: Operation, *, minutes: float, healed: Callable[[], Any]) -> list[float]:
    """Beat and a worker, each turn when it is due, for ``minutes`` and until it ends; the pauses in seconds."""
    pauses: list[float] = []
    storm = timezone.now() + timedelta(minutes=minutes)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(100):
            worker.run(operation.pk)
            operation.refresh_from_db()
            if operation.is_terminal:
                return pauses
            assert operation.next_attempt_at is not None
            pauses.append((operation.next_attempt_at - timezone.now()).total_seconds())
            clock.shift(timedelta(seconds=pauses[-1] - 1))
            assert str(operation.pk) not in advance()
            clock.shift(timedelta(seconds=1))
            assert str(operation.pk) in advance()
            if timezone.now() > storm:
                healed()
    raise AssertionError("it never ends")


@pytest.mark.parametrize("slug", ["create-route", "terminate-person"])
@pytest.mark.parametrize("code", THROTTLING)
def test_a_storm_of_forty_minutes_is_waited_out_without_hammering(
    code: str, slug: str, world: World, hurried: None
) -> None:
    """terminate-person gives up after half an hour; its storm is shorter."""
    operation = prepared(slug, world).ask(world.ask)
    world.control.fail("*", code)
    world.control.forget_calls()
    minutes = 40 if slug == "create-route" else 20
    pauses = through(operation, minutes=minutes, healed=world.control.heal)
    assert (operation.status, operation.error_id) == (OperationStatus.SUCCEEDED, "")
    assert pauses[:7] == [5, 10, 20, 40, 80, 160, 300]
    # boto3 asks four times in each attempt, on each endpoint; it doesn't know the last of the codes.
    stormy = [call for call in world.control.calls() if call["status"] >= 400]
    assert len(stormy) <= 4 * 2 * (len(pauses) + 2)
    assert len(pauses) < 25


@pytest.mark.parametrize("slug", ["create-route", "pause-endpoint", "terminate-person"])
def test_a_storm_that_never_ends_ends_it_at_its_deadline_with_awss_last_word(
    slug: str, world: World, hurried: None
) -> None:
    operation = prepared(slug, world).ask(world.ask)
    world.control.fail("*", "RequestLimitExceeded")
    through(operation, minutes=1000, healed=world.control.heal)
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-deadline")
    assert operation.error_code == "RequestLimitExceeded"
    assert operation.finished_at is not None
    assert operation.deadline_at is not None
    assert operation.finished_at < operation.deadline_at + timedelta(minutes=6)
    assert AuditEvent.objects.filter(tag="operation:failed", details__operation=operation.number).count() == 1


@pytest.mark.parametrize(
    ("trouble", "error_id"),
    [
        (lambda control: control.fail("*", "InternalError"), "aws-unavailable"),
        (lambda control: control.fail("*", "ServiceUnavailable"), "aws-unavailable"),
        (lambda control: control.drop("*"), "aws-unavailable"),
        (lambda control: control.cut("*"), "aws-answer-broken"),
    ],
    ids=["500", "503", "no answer", "half an answer"],
)
def test_while_aws_is_away_the_operation_says_so_and_waits(
    trouble: Callable[[Control], int], error_id: str, world: World, hurried: None
) -> None:
    operation = prepared("create-route", world).ask(world.ask)
    trouble(world.control)
    worker.run(operation.pk)
    operation.refresh_from_db()
    assert (operation.status, operation.error_id) == (OperationStatus.WAITING, error_id)
    world.control.heal()
    through(operation, minutes=0, healed=lambda: world.control.skip(60))
    assert (operation.status, operation.error_id) == (OperationStatus.SUCCEEDED, "")


@pytest.mark.parametrize(
    ("code", "error_id"),
    [("ExpiredToken", "aws-credentials"), ("UnauthorizedOperation", "aws-access-denied")],
)
def test_what_is_refused_in_the_midst_ends_there_and_tells_what_was_done(
    code: str, error_id: str, world: World, wire: Wire, takahashi: User, signed_in: SignedIn
) -> None:
    """The route is made; the rule is refused, though its dry run was not."""
    operation = prepared("give-office-route", world).ask(world.ask)
    changes: list[Call] = []

    def refuse(call: Call) -> None:
        if call.changes and not changes:
            changes.append(call)
            world.control.fail("AuthorizeClientVpnIngress", code)

    with wire.listen(Moment.AFTER, happens=refuse):
        through(operation, minutes=0, healed=lambda: world.control.skip(60))
    assert (operation.status, operation.error_id, operation.error_code) == (
        OperationStatus.FAILED,
        error_id,
        code,
    )
    rule = f"begin:authorize:{OFFICE['destination_cidr']}:{OFFICE['group_id']}"
    assert operation.steps.get(status=StepStatus.FAILED).key == rule
    assert operation.steps.filter(status=StepStatus.DONE, key__startswith="begin:create-route:").exists()
    assert operation.steps.filter(status=StepStatus.PENDING, key__startswith="authorize:").exists()
    world.observe()
    endpoint = world.tokyo
    assert OFFICE["destination_cidr"] in {route["destination_cidr"] for route in endpoint.routes}
    assert OFFICE["destination_cidr"] not in {
        rule["destination_cidr"] for rule in endpoint.authorization_rules
    }
    page = signed_in(takahashi).get(operation.get_absolute_url()).content.decode()
    assert code in page
    assert get_undo(operation) is not None


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "ExpiredToken"])
def test_a_connection_that_aws_refuses_to_end_is_not_called_ended(
    code: str, world: World, hurried: None
) -> None:
    operation = prepared("terminate-person", world).ask(world.ask)
    world.control.fail("TerminateClientVpnConnections", code, account=world.architecture.osaka.account)
    through(operation, minutes=0, healed=lambda: world.control.skip(60))
    assert (operation.status, operation.error_id) == (
        OperationStatus.FAILED,
        "operation-terminate-incomplete",
    )
    assert operation.error_message == world.architecture.osaka.label
    states = {connection["endpoint_id"]: connection["status"] for connection in world.control.connections()}
    assert states[world.architecture.osaka.endpoint_id] == "active"


def test_the_page_says_how_it_is_while_the_storm_goes_on(
    world: World, hurried: None, takahashi: User, signed_in: SignedIn
) -> None:
    operation = prepared("create-route", world).ask(world.ask)
    world.control.fail("*", "RequestLimitExceeded")
    worker.run(operation.pk)
    page = signed_in(takahashi).get(operation.get_absolute_url()).content.decode()
    assert "RequestLimitExceeded" in page
    assert 'hx-trigger="' in page
