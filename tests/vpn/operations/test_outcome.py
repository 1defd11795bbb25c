"""Following an operation: one vocabulary, a dead worker that shows, and what is said after a failure."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from portal.access.models import User
from sandbox.aws.control import Control
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from tests.vpn.operations.asking import Ask, finish
from vpn.endpoints.models import Endpoint
from vpn.operations.engine import claiming
from vpn.operations.engine.claiming import MAX_CONCURRENT
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests import services
from vpn.operations.requests.outcome import again_url, undo_url
from vpn.operations.requests.scripts import operation_json
from vpn.operations.requests.shown_status import find_silence, shown_status
from vpn.operations.requests.step_rows import step_rows
from vpn.operations.states import OperationStatus, StepStatus

SUBNET = "subnet-0a1b2c3d"
ROUTE = {"destination_cidr": "10.9.0.0/16", "target_subnet": SUBNET}
ADDED_ROUTE = {
    "destination_cidr": "10.9.0.0/16",
    "type": "Nat",
    "origin": "add-route",
    "status": "active",
    "description": "",
}
SECONDS_UNTIL_SILENT = 90


@pytest.fixture
def admin(takahashi: User, signed_in: SignedIn) -> Client:
    return signed_in(takahashi)


@pytest.fixture
def operation(plain_endpoint: Endpoint, ask: Ask) -> Operation:
    return ask("create-route", plain_endpoint, **ROUTE)


def age(operation: Operation, field: str, seconds: int) -> Operation:
    moment = timezone.now() - timedelta(seconds=seconds)
    Operation.objects.filter(pk=operation.pk).update(**{field: moment})
    operation.refresh_from_db()
    return operation


@pytest.mark.parametrize(
    ("status", "field"),
    [
        (OperationStatus.RUNNING, "heartbeat_at"),
        (OperationStatus.CANCELLING, "heartbeat_at"),
        (OperationStatus.WAITING, "next_attempt_at"),
        (OperationStatus.QUEUED, "created_at"),
        (OperationStatus.SCHEDULED, "not_before"),
    ],
)
def test_what_should_go_on_and_does_not_is_silent_after_ninety_seconds(
    status: OperationStatus, field: str, operation: Operation
) -> None:
    Operation.objects.update(status=status)
    assert find_silence(age(operation, field, SECONDS_UNTIL_SILENT - 5)) is None
    silence = find_silence(age(operation, field, SECONDS_UNTIL_SILENT + 1))
    assert silence is not None
    assert silence.minutes == 1


@pytest.mark.parametrize(
    "status", [OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.AWAITING_APPROVAL]
)
def test_nothing_is_expected_of_one_that_has_ended_or_waits_for_a_person(
    status: OperationStatus, operation: Operation
) -> None:
    Operation.objects.update(status=status)
    assert find_silence(age(operation, "created_at", 86_400)) is None


def test_one_that_waits_for_room_is_not_silent(plain_endpoint: Endpoint, ask: Ask) -> None:
    """AWS changes ten things of an endpoint at a time; the eleventh waits its turn however long that takes."""
    operations = [
        ask("create-route", plain_endpoint, destination_cidr=f"10.9.{number}.0/24", target_subnet=SUBNET)
        for number in range(MAX_CONCURRENT + 1)
    ]
    for earlier in operations[:-1]:
        assert claiming.claim(earlier.pk) is not None
    assert find_silence(age(operations[-1], "created_at", 3_600)) is None


@pytest.mark.parametrize("status", [OperationStatus.RUNNING, OperationStatus.WAITING])
def test_list_page_filter_and_api_call_it_the_same(
    status: OperationStatus, operation: Operation, admin: Client
) -> None:
    soon = timezone.now() + timedelta(seconds=5)
    Operation.objects.update(
        status=status, started_at=timezone.now(), heartbeat_at=timezone.now(), next_attempt_at=soon
    )
    operation.steps.filter(key="check").update(status=StepStatus.DONE)
    for url in ("/operations/", "/operations/?status=running", operation.get_absolute_url()):
        assert "Running, step 2 of 2" in admin.get(url).content.decode()
    operation.refresh_from_db()
    assert operation_json(operation)["status"] == "running"


def test_the_filter_offers_each_status_once(admin: Client, operation: Operation) -> None:
    page = admin.get("/operations/").content.decode()
    assert page.count(">Running</option>") == 1


def test_a_silent_one_has_no_step_that_seems_to_run(operation: Operation, admin: Client) -> None:
    Operation.objects.update(status=OperationStatus.RUNNING, started_at=timezone.now())
    operation.steps.filter(key="check").update(status=StepStatus.RUNNING)
    age(operation, "heartbeat_at", 200)
    assert shown_status(operation, []).text == "Unknown: no sign for 3 min"
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert "look at AWS before you run it again" in page
    assert "step-unknown" in page
    assert "spin" not in page.partition('class="steps"')[2].partition("</ol>")[0]


def fail(operation: Operation, error_id: str, *, acted: bool) -> None:
    now = timezone.now()
    Operation.objects.filter(pk=operation.pk).update(
        status=OperationStatus.FAILED, error_id=error_id, started_at=now, finished_at=now
    )
    step = operation.steps.order_by("position").last()
    assert step is not None
    operation.steps.filter(pk=step.pk).update(status=StepStatus.FAILED, acted_at=now if acted else None)


def test_after_a_refusal_nothing_looks_changed_and_it_can_be_planned_again(
    operation: Operation, admin: Client
) -> None:
    fail(operation, "aws-limit-reached", acted=False)
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert "Planned; not carried out" in page
    assert "Nothing was changed." in page
    assert "Undo this" not in page
    assert escape(again_url(operation)) in page
    again = admin.get(again_url(operation)).content.decode()
    assert "Nothing has changed yet" in again
    assert "10.9.0.0/16" in again


def test_after_a_failure_in_the_midst_the_page_says_what_was_begun(
    operation: Operation, admin: Client
) -> None:
    fail(operation, "operation-step-failed", acted=True)
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert "Planned; done in part" in page
    assert "Begun, and not known to be done: Create the route" in page
    assert "Undo this" in page


def test_one_that_is_cancelled_before_it_began_says_that_nothing_was_changed(
    operation: Operation, takahashi: User, admin: Client
) -> None:
    services.cancel(operation=operation, actor=takahashi)
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert "It was cancelled before it began. Nothing was changed." in page
    assert "Steps that are done stay done" not in page


def test_an_auditor_is_offered_no_second_attempt(
    operation: Operation, suzuki: User, signed_in: SignedIn
) -> None:
    fail(operation, "aws-limit-reached", acted=False)
    page = signed_in(suzuki).get(operation.get_absolute_url()).content.decode()
    assert "Nothing was changed." in page
    assert "Plan it once more" not in page


def details(operation: Operation) -> dict[str, str]:
    rows = step_rows(list(operation.steps.all()))
    return dict(zip(operation.steps.values_list("key", flat=True), [row.detail for row in rows], strict=True))


def test_each_step_says_what_it_did_and_only_what_aws_had_is_called_so(
    endpoint: Endpoint, ask: Ask, control: Control, english: None
) -> None:
    operation = finish(
        ask(
            "give-office-route",
            endpoint,
            destination_cidr="192.168.200.0/24",
            who="everybody",
        ),
        between=lambda: control.skip(60),
    )
    assert operation.status == OperationStatus.SUCCEEDED
    said = details(operation)
    assert said["check"] == "AWS confirmed the permission for this change"
    # Begun by a step before, and waited for by this one: this operation has made it.
    assert not any("AWS had it already" in text for text in said.values())
    titles = list(operation.steps.values_list("title", flat=True))
    assert "Begin to create the route" in titles
    assert "Begin to authorize access" in titles


def test_what_aws_had_before_is_said_to_have_been_there(
    endpoint: Endpoint, ask: Ask, control: Control, english: None
) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    given = {"destination_cidr": "192.168.77.0/24", "target_subnet": subnet}
    first, second = ask("create-route", endpoint, **given), None
    finish(first)
    Operation.objects.filter(pk=first.pk).update(finished_at=endpoint.seen_at)
    second = finish(ask("create-route", endpoint, **given))
    assert "AWS had it already" in details(second)[f"create-route:192.168.77.0/24:{subnet}"]


@pytest.mark.parametrize(
    ("key", "after", "acted", "words", "state"),
    [
        ("read:tokyo", {"endpoints": 2}, False, "It was read", "done"),
        ("export-revocation-list", {"entries": 1}, False, "It was read", "done"),
        ("as-planned", {"subnets": []}, False, "AWS has what the plan said", "done"),
        ("nobody-is-back", {"connected": []}, False, "Nobody has connected again", "done"),
        ("wait-until-empty", {"connected": []}, False, "Nobody was connected", "done"),
        ("wait-until-empty", {"connected": ["Ken"]}, False, "1 still connected: Ken", "done"),
        (
            "deny:tokyo",
            {"error": {"id": "aws-access-denied", "code": "x"}},
            True,
            "AWS refused it: AWS refused: the portal's role lacks a permission.",
            "unknown",
        ),
        (
            "forbid:cvpn-endpoint-1",
            {"unusable": "operation-no-policy"},
            False,
            "It has no authorization policy that could forbid anybody.",
            "skipped",
        ),
        ("modify", {"vpn_port": 443}, False, "AWS had it already: nothing was changed", "done"),
        ("modify", {"vpn_port": 443}, True, "", "done"),
    ],
)
def test_every_kind_of_step_has_its_own_word(
    key: str,
    after: dict[str, object],
    acted: bool,
    words: str,
    state: str,
    operation: Operation,
    english: None,
) -> None:
    step = OperationStep(
        operation=operation,
        position=9,
        key=key,
        title="Modify the endpoint",
        status=StepStatus.DONE,
        before=after,
        after=after,
        acted_at=timezone.now() if acted else None,
    )
    row = step_rows([step])[0]
    assert (row.detail, row.state) == (words, state)


@pytest.mark.parametrize("status", ["active", "terminated"])
def test_who_was_disconnected_is_what_a_step_has_seen_and_not_the_plan(
    status: str, tanaka: User, admin: Client, ask: Ask
) -> None:
    save_connection(save_endpoint(), "somebody.else@example.co.jp")
    operation = ask("terminate-person", None, usernames=tanaka.username)
    plan = {**operation.plan, "people": ["Two", "Three"]}
    finished = timezone.now()
    Operation.objects.update(status=OperationStatus.SUCCEEDED, plan=plan, finished_at=finished)
    connection = {"connection_id": "c-1", "username": tanaka.username, "client_ip": "", "status": status}
    seen = {
        "checked_at": finished.isoformat(),
        "endpoints": {"e-1": {"label": "tokyo-main", "nobodys": 0, "connections": [connection]}},
        # Written before AWS is asked to end it
        "ended": [f"{tanaka.username} (tokyo-main)"],
    }
    operation.steps.update(status=StepStatus.DONE, acted_at=finished)
    operation.steps.filter(key__startswith="end-connections").update(after=seen)
    page = admin.get(operation.get_absolute_url()).content.decode()
    if status == "terminated":
        assert f"1 person was disconnected: {tanaka.name}" in page
    else:
        assert "Nobody was disconnected." in page
    assert "Two" not in page


def test_nobody_says_who_was_disconnected_where_aws_does_not(operation: Operation, admin: Client) -> None:
    plan = {**operation.plan, "people": ["Chika Ito"]}
    Operation.objects.update(status=OperationStatus.SUCCEEDED, plan=plan, finished_at=timezone.now())
    operation.steps.update(status=StepStatus.DONE, acted_at=timezone.now())
    page = unescape(admin.get(operation.get_absolute_url()).content.decode())
    assert "It isn't known who was disconnected. 1 person was connected when it was requested:" in page
    assert "was disconnected:" not in page


def test_an_undo_is_called_one_and_is_done_only_when_it_has_succeeded(
    operation: Operation, plain_endpoint: Endpoint, admin: Client, ask: Ask, takahashi: User
) -> None:
    Operation.objects.update(status=OperationStatus.SUCCEEDED, finished_at=timezone.now())
    operation.steps.update(status=StepStatus.DONE, acted_at=timezone.now())
    operation.refresh_from_db()
    Endpoint.objects.update(seen_at=timezone.now(), routes=[{**ADDED_ROUTE, "target_subnet": SUBNET}])
    url = undo_url(operation, takahashi)
    plan_page = admin.get(url).content.decode()
    assert f"Undo #{operation.number}: Delete the route 10.9.0.0/16" in plan_page
    key = f"10.9.0.0/16 {SUBNET}"
    plain_endpoint.refresh_from_db()
    undo = ask("delete-route", plain_endpoint, route=key)
    Operation.objects.filter(pk=undo.pk).update(undo_of=operation)
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert "To be undone by" in page
    assert "· Queued" in page
    Operation.objects.filter(pk=undo.pk).update(status=OperationStatus.SUCCEEDED)
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert ">Undone by<" in page


def test_a_finished_copy_leads_to_the_new_endpoint(operation: Operation, admin: Client) -> None:
    made = save_endpoint("tokyo-standby")
    Operation.objects.update(
        kind="copy-endpoint", status=OperationStatus.SUCCEEDED, finished_at=timezone.now()
    )
    step = operation.steps.order_by("position").last()
    assert step is not None
    operation.steps.filter(pk=step.pk).update(
        key="create-endpoint", status=StepStatus.DONE, after={"endpoint_id": made.endpoint_id}
    )
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert f'<a href="/endpoints/{made.endpoint_id}/">tokyo-standby</a>' in page
