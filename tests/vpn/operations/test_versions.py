"""Old and new code side by side: rows of another version end in words, and are in nobody's way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.operations.asking import Ask
from vpn.endpoints.models import Endpoint
from vpn.operations.engine import worker
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.refusals import OtherVersion
from vpn.operations.requests import services
from vpn.operations.states import OperationStatus

SUBNET = "subnet-0a1b2c3d"


def route(number: int) -> dict[str, str]:
    return {"destination_cidr": f"10.{number}.0.0/16", "target_subnet": SUBNET}


def unknown_kind(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk).update(kind="make-coffee")


def other_parameters(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk).update(parameters={"network": "10.0.0.0/8"}, before={})


def parameters_of_another_type(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk).update(kind="terminate-person", parameters={"usernames": None})


def a_step_more(operation: Operation) -> None:
    operation.steps.create(position=9, key="warm-up", title="Warm up")


def a_step_less(operation: Operation) -> None:
    operation.steps.get(position=2).delete()


OTHERS = {
    unknown_kind: "operation-kind-unknown",
    other_parameters: "operation-other-version",
    parameters_of_another_type: "operation-other-version",
    a_step_more: "operation-other-version",
    a_step_less: "operation-other-version",
}
Change = Callable[[Operation], None]


@pytest.fixture(params=OTHERS, ids=lambda change: change.__name__)
def other(request: pytest.FixtureRequest, plain_endpoint: Endpoint, ask: Ask) -> Operation:
    """What another version has left; ``error_id`` tells what this one makes of it."""
    operation = ask("create-route", plain_endpoint, **route(9))
    request.param(operation)
    operation.refresh_from_db()
    operation.error_id = OTHERS[request.param]
    return operation


def test_it_ends_in_words_before_aws_is_asked(other: Operation) -> None:
    expected = other.error_id
    worker.run(other.pk)
    other.refresh_from_db()
    assert (other.status, other.error_id) == (OperationStatus.FAILED, expected)


@pytest.mark.parametrize(
    "status",
    [OperationStatus.QUEUED, OperationStatus.WAITING, OperationStatus.RUNNING, OperationStatus.SCHEDULED],
)
@pytest.mark.parametrize("late", [True, False])
def test_beat_goes_on_with_all_others(
    late: bool, status: OperationStatus, other: Operation, plain_endpoint: Endpoint, ask: Ask
) -> None:
    past, hour = timezone.now() - timedelta(minutes=5), timedelta(hours=1)
    Operation.objects.filter(pk=other.pk).update(
        status=status, not_before=past, heartbeat_at=past, deadline_at=past if late else past + hour
    )
    mine = ask("create-route", plain_endpoint, **route(10))
    assert str(mine.pk) in advance()
    for pk in advance():
        if pk == str(other.pk):
            worker.run(pk)
    other.refresh_from_db()
    assert other.status == OperationStatus.FAILED


def test_every_page_shows_it(other: Operation, takahashi: User, signed_in: SignedIn) -> None:
    client: Client = signed_in(takahashi)
    for status in (
        OperationStatus.QUEUED,
        OperationStatus.AWAITING_APPROVAL,
        OperationStatus.SUCCEEDED,
        OperationStatus.FAILED,
    ):
        Operation.objects.filter(pk=other.pk).update(status=status)
        for url in ("/operations/", other.get_absolute_url(), "/"):
            assert client.get(url).status_code == 200, (status, url)


def test_what_nobody_could_carry_out_is_not_approved(
    plain_endpoint: Endpoint, ask: Ask, takahashi: User, signed_in: SignedIn
) -> None:
    operation = ask("create-route", plain_endpoint, **route(9))
    second = User.objects.create(username="kobayashi@example.co.jp", name="小林 誠", roles=takahashi.roles)
    Operation.objects.filter(pk=operation.pk).update(
        kind="make-coffee", status=OperationStatus.AWAITING_APPROVAL
    )
    operation.refresh_from_db()
    with pytest.raises(OtherVersion):
        services.approve(operation=operation, actor=second)
    answer: Any = signed_in(second).post(
        f"{operation.get_absolute_url()}decide/", {"decision": "approve"}, follow=True
    )
    assert "carry out this kind of operation" in answer.content.decode()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.AWAITING_APPROVAL
