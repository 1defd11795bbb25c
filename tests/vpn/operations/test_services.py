"""Asking, approving, rejecting, cancelling: who may, when, and what is written."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from tests.vpn.operations.asking import Ask, ask_as, plan
from vpn.endpoints.models import Endpoint
from vpn.notifications.models import Delivery
from vpn.operations.concurrency import RANGE_SIZE, compute_lock_range
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.refusals import EndpointBusy, NameNotTyped, OwnOperation, PlanStale, TooLate, WrongState
from vpn.operations.requests import refusal_texts, services
from vpn.operations.states import OperationStatus

SUBNET = "subnet-0a1b2c3d"
ROUTE = {"destination_cidr": "10.9.0.0/16", "target_subnet": SUBNET}
DESTRUCTIVE = {"route": f"0.0.0.0/0 {SUBNET}"}


@pytest.fixture
def endpoint(plain_endpoint: Endpoint) -> Endpoint:
    return plain_endpoint


@pytest.fixture
def kobayashi(takahashi: User) -> User:
    """A second administrator."""
    return User.objects.create(username="kobayashi@example.co.jp", name="小林 誠", roles=takahashi.roles)


def request(endpoint: Endpoint, actor: User, slug: str = "create-route", **changes: object) -> Operation:
    data = {"create-route": ROUTE, "delete-route": DESTRUCTIVE}[slug]
    draft = plan(slug, endpoint, **data)
    given: dict[str, object] = {
        "draft": draft,
        "actor": actor,
        "reason": "x",
        "digest": draft.digest,
        "typed_name": draft.name_to_type,
    }
    return services.request(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("person", ["tanaka", "sato", "suzuki"])
def test_nobody_but_an_administrator_may_ask(
    person: str, endpoint: Endpoint, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionDenied):
        ask_as(request.getfixturevalue(person))("create-route", endpoint, **ROUTE)
    assert not Operation.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_stale_plan_is_refused(endpoint: Endpoint, takahashi: User) -> None:
    seen = plan("create-route", endpoint, **ROUTE)
    endpoint.authorization_rules = [rule("10.0.0.0/8")]
    with pytest.raises(PlanStale):
        request(endpoint, takahashi, digest=seen.digest)


def test_who_is_connected_does_not_make_a_plan_stale(endpoint: Endpoint, takahashi: User) -> None:
    seen = plan("create-route", endpoint, **ROUTE)
    endpoint.seen_at = endpoint.connections_seen_at = timezone.now()
    assert request(endpoint, takahashi, digest=seen.digest).number == 1


def test_a_name_that_is_not_typed_is_refused(endpoint: Endpoint, takahashi: User) -> None:
    with pytest.raises(NameNotTyped):
        request(endpoint, takahashi, "delete-route", typed_name="")


def test_operations_on_the_same_target_exclude_each_other(endpoint: Endpoint, takahashi: User) -> None:
    first = request(endpoint, takahashi)
    with pytest.raises(EndpointBusy) as busy:
        request(endpoint, takahashi)
    assert busy.value.other == first
    assert "高橋 翔" in refusal_texts.refusal_text(busy.value)


def test_operations_on_other_targets_run_side_by_side(endpoint: Endpoint, ask: Ask) -> None:
    ask("create-route", endpoint, **ROUTE)
    ask("create-route", endpoint, **ROUTE | {"destination_cidr": "10.10.0.0/16"})
    other = save_endpoint("osaka", target_networks=endpoint.target_networks, client_cidr_block="10.8.0.0/16")
    ask("create-route", other, **ROUTE)
    assert list(Operation.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_one_that_must_be_alone_excludes_every_other(endpoint: Endpoint, ask: Ask) -> None:
    ask("disassociate-target-network", endpoint, subnet_id=SUBNET)
    with pytest.raises(EndpointBusy):
        ask("create-route", endpoint, **ROUTE)


def test_a_connection_can_be_ended_whatever_else_is_going_on(endpoint: Endpoint, ask: Ask) -> None:
    connection = save_connection(endpoint, "m.tanaka@example.co.jp").connection_id
    ask("disassociate-target-network", endpoint, subnet_id=SUBNET)
    ask("terminate-connection", endpoint, connection=connection)
    ask("refresh-snapshots", endpoint)
    with pytest.raises(EndpointBusy):
        ask("terminate-connection", endpoint, connection=connection)


def test_what_has_ended_is_in_nobodys_way(endpoint: Endpoint, takahashi: User) -> None:
    services.cancel(operation=request(endpoint, takahashi), actor=takahashi)
    assert request(endpoint, takahashi).number == 2


def test_lanes_of_one_endpoint_never_reach_into_another() -> None:
    for name in ("", "route:a", "rule:b"):
        low, high = compute_lock_range(7, name)
        assert 7 * RANGE_SIZE <= low < high <= 8 * RANGE_SIZE
    with pytest.raises(ValueError):
        compute_lock_range(None, "")


def test_the_database_itself_refuses_two_that_collide(endpoint: Endpoint, takahashi: User) -> None:
    first = request(endpoint, takahashi)
    copy = Operation.objects.get(pk=first.pk)
    copy.pk, copy.number = None, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_click_at_once_one_is_told_about_the_other(
    endpoint: Endpoint, takahashi: User, kobayashi: User
) -> None:
    results: list[object] = []
    barrier = threading.Barrier(2)

    def click(actor: User) -> None:
        try:
            barrier.wait(10)
            results.append(request(endpoint, actor))
        except EndpointBusy as busy:
            results.append(busy.other)
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(person,)) for person in (takahashi, kobayashi)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == 2
    assert results[0] == results[1] == Operation.objects.get()
    assert AuditEvent.objects.filter(tag="operation:requested").count() == 1


@pytest.fixture
def approval(settings: Settings) -> None:
    settings.OPERATIONS_REQUIRE_APPROVAL = True


def test_a_destructive_one_waits_for_a_second_administrator(
    endpoint: Endpoint, takahashi: User, kobayashi: User, approval: None
) -> None:
    operation = request(endpoint, takahashi, "delete-route")
    assert operation.status == OperationStatus.AWAITING_APPROVAL
    assert advance() == []
    with pytest.raises(OwnOperation):
        services.approve(operation=operation, actor=takahashi)
    services.approve(operation=operation, actor=kobayashi)
    assert (operation.status, operation.decided_by_name) == (OperationStatus.QUEUED, "小林 誠")
    assert AuditEvent.objects.get(tag="operation:approved").actor == kobayashi.username
    with pytest.raises(WrongState):
        services.approve(operation=operation, actor=kobayashi)


def test_an_operation_is_its_requesters_own_in_whatever_case_the_name_was_then(
    endpoint: Endpoint, takahashi: User, approval: None
) -> None:
    operation = request(endpoint, takahashi, "delete-route")
    Operation.objects.update(requested_by_username=takahashi.username.upper())
    operation.refresh_from_db()
    with pytest.raises(OwnOperation):
        services.approve(operation=operation, actor=takahashi)


def test_one_that_takes_nothing_away_needs_no_approval(
    endpoint: Endpoint, takahashi: User, approval: None
) -> None:
    assert request(endpoint, takahashi).status == OperationStatus.QUEUED


def test_who_may_not_approve_is_refused(
    endpoint: Endpoint, takahashi: User, suzuki: User, approval: None
) -> None:
    operation = request(endpoint, takahashi, "delete-route")
    for decide in (services.approve, services.reject):
        with pytest.raises(PermissionDenied):
            decide(operation=operation, actor=suzuki)


def test_one_that_is_rejected_never_runs(
    endpoint: Endpoint, takahashi: User, kobayashi: User, approval: None
) -> None:
    operation = request(endpoint, takahashi, "delete-route")
    services.reject(operation=operation, actor=kobayashi)
    assert (operation.status, operation.error_id) == (OperationStatus.CANCELLED, "operation-rejected")
    assert AuditEvent.objects.get(tag="operation:rejected").actor == kobayashi.username


def test_what_has_changed_since_it_was_asked_for_cannot_be_approved(
    endpoint: Endpoint, takahashi: User, kobayashi: User, approval: None
) -> None:
    operation = request(endpoint, takahashi, "delete-route")
    Endpoint.objects.update(authorization_rules=[rule("10.0.0.0/8")])
    with pytest.raises(PlanStale):
        services.approve(operation=Operation.objects.get(), actor=kobayashi)
    assert Operation.objects.get().status == operation.status == OperationStatus.AWAITING_APPROVAL


def test_an_approval_finds_another_one_in_the_way(
    endpoint: Endpoint, takahashi: User, kobayashi: User, approval: None
) -> None:
    operation = request(endpoint, takahashi, "delete-route")
    Operation.objects.filter(pk=operation.pk).update(lock_range=compute_lock_range(endpoint.pk, ""))
    request(endpoint, kobayashi)
    with pytest.raises(EndpointBusy):
        services.approve(operation=Operation.objects.get(pk=operation.pk), actor=kobayashi)


def test_a_scheduled_one_begins_when_its_time_has_come(endpoint: Endpoint, takahashi: User) -> None:
    operation = request(endpoint, takahashi, not_before=timezone.now() + timedelta(hours=1))
    assert (operation.status, advance()) == (OperationStatus.SCHEDULED, [])
    _come(operation)
    assert advance() == [str(operation.pk)]


def test_a_scheduled_one_leaves_its_lane_to_others_until_then(endpoint: Endpoint, takahashi: User) -> None:
    operation = request(endpoint, takahashi, not_before=timezone.now() + timedelta(hours=1))
    other = request(endpoint, takahashi)
    _come(operation)
    assert advance() == [str(other.pk)]
    services.cancel(operation=other, actor=takahashi)
    assert advance() == [str(operation.pk)]


def test_a_scheduled_one_that_found_no_room_in_time_says_so(endpoint: Endpoint, takahashi: User) -> None:
    operation = request(endpoint, takahashi, not_before=timezone.now() + timedelta(hours=1))
    Operation.objects.update(
        not_before=timezone.now() - timedelta(hours=3), deadline_at=timezone.now() - timedelta(hours=2)
    )
    assert advance() == []
    operation.refresh_from_db()
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-missed")
    assert AuditEvent.objects.get(tag="operation:failed").actor == takahashi.username


def _come(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk).update(not_before=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    "status",
    [
        OperationStatus.QUEUED,
        OperationStatus.WAITING,
        OperationStatus.AWAITING_APPROVAL,
        OperationStatus.SCHEDULED,
    ],
)
def test_one_that_nobody_works_on_is_cancelled_at_once(
    status: OperationStatus, endpoint: Endpoint, takahashi: User
) -> None:
    operation = request(endpoint, takahashi)
    Operation.objects.update(status=status)
    services.cancel(operation=operation, actor=takahashi)
    assert operation.status == OperationStatus.CANCELLED
    assert operation.finished_at is not None
    with pytest.raises(WrongState):
        services.cancel(operation=operation, actor=takahashi)


def test_steps_are_written_with_the_operation(endpoint: Endpoint, takahashi: User) -> None:
    steps = request(endpoint, takahashi).steps.values_list("position", "key", "detail")
    assert list(steps) == [
        (1, "check", ""),
        (2, f"create-route:10.9.0.0/16:{SUBNET}", f"10.9.0.0/16 → {SUBNET}"),
    ]


def _age(operation: Operation, days: int) -> Operation:
    Operation.objects.filter(pk=operation.pk).update(created_at=timezone.now() - timedelta(days=days))
    operation.refresh_from_db()
    return operation


def test_what_nobody_decides_on_in_a_week_is_cancelled_and_told(
    endpoint: Endpoint, takahashi: User, approval: None, settings: Settings
) -> None:
    settings.NOTIFY_WEBHOOK_URL = "https://chat.example.com/hook"
    operation = _age(request(endpoint, takahashi, "delete-route"), 6)
    advance()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.AWAITING_APPROVAL
    _age(operation, 7)
    assert advance() == []
    operation.refresh_from_db()
    assert (operation.status, operation.error_id) == (OperationStatus.CANCELLED, "operation-not-approved")
    assert operation.finished_at is not None
    event = AuditEvent.objects.get(tag="operation:cancelled")
    assert event.details["error_id"] == "operation-not-approved"
    assert Delivery.objects.filter(key=f"operation:{operation.pk}:cancelled").count() == 1


def test_what_was_to_begin_before_anybody_decided_does_not_begin_afterwards(
    endpoint: Endpoint, takahashi: User, kobayashi: User, approval: None
) -> None:
    """A maintenance of last night, approved in the morning, would cut people off at work."""
    operation = request(endpoint, takahashi, "delete-route", not_before=timezone.now() + timedelta(hours=1))
    Operation.objects.update(not_before=timezone.now() - timedelta(minutes=1))
    operation.refresh_from_db()
    with pytest.raises(TooLate):
        services.approve(operation=operation, actor=kobayashi)
    advance()
    operation.refresh_from_db()
    assert (operation.status, operation.error_id) == (OperationStatus.CANCELLED, "operation-not-approved")


def test_a_late_approval_is_refused_also_before_beat_has_looked(
    endpoint: Endpoint, takahashi: User, kobayashi: User, approval: None
) -> None:
    operation = _age(request(endpoint, takahashi, "delete-route"), 8)
    with pytest.raises(TooLate):
        services.approve(operation=operation, actor=kobayashi)
