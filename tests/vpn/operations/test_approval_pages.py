"""Approving on pages: what waits is seen, who decides sees the whole plan as it is now, and says why."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_connection
from tests.vpn.operations.asking import Ask
from vpn.endpoints.models import Endpoint
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

SUBNET = "subnet-0a1b2c3d"


@pytest.fixture
def kobayashi(takahashi: User) -> User:
    """A second administrator."""
    return User.objects.create(username="kobayashi@example.co.jp", name="小林 誠", roles=takahashi.roles)


@pytest.fixture
def waiting(plain_endpoint: Endpoint, ask: Ask, settings: Settings) -> Operation:
    """Takahashi asks to disassociate the only subnet."""
    settings.OPERATIONS_REQUIRE_APPROVAL = True
    operation = ask("disassociate-target-network", plain_endpoint, subnet_id=SUBNET)
    assert operation.status == OperationStatus.AWAITING_APPROVAL
    return operation


@pytest.fixture
def approver(kobayashi: User, signed_in: SignedIn) -> Client:
    return signed_in(kobayashi)


def decide(client: Client, operation: Operation, decision: str, reason: str = "") -> str:
    client.post(f"{operation.get_absolute_url()}decide/", {"decision": decision, "reason": reason})
    operation.refresh_from_db()
    return client.get(operation.get_absolute_url()).content.decode()


def test_what_waits_is_on_every_page_of_who_may_decide_and_on_nobody_elses(
    waiting: Operation, approver: Client, takahashi: User, suzuki: User, signed_in: SignedIn
) -> None:
    for url in ("/", "/endpoints/"):
        assert "/operations/?status=awaiting-approval" in approver.get(url).content.decode()
    assert "One operation waits for your approval." in approver.get("/").content.decode()
    # Nobody decides on what they asked for themselves, and auditors decide on nothing.
    for other in (takahashi, suzuki):
        assert "status=awaiting-approval" not in signed_in(other).get("/operations/").content.decode()


def test_the_approver_sees_the_whole_plan_with_the_people_of_now(
    waiting: Operation, plain_endpoint: Endpoint, approver: Client
) -> None:
    for number in range(3):
        save_connection(plain_endpoint, f"person-{number}@example.co.jp")
    page = approver.get(waiting.get_absolute_url()).content.decode()
    assert "3 connected people will be disconnected." in page
    assert "person-2@example.co.jp" in page
    assert "What was checked" in page
    assert "Before → after" in page
    # It would take away what somebody is typing.
    assert "hx-get" not in page.partition('id="operation"')[2].partition(">")[0]


def test_who_rejects_says_why_and_the_requester_reads_it(
    waiting: Operation, approver: Client, takahashi: User, signed_in: SignedIn
) -> None:
    assert "Say why you reject it." in decide(approver, waiting, "reject")
    assert waiting.status == OperationStatus.AWAITING_APPROVAL
    decide(approver, waiting, "reject", "会議中（15時以降に）")
    assert waiting.status == OperationStatus.CANCELLED
    assert "会議中（15時以降に）" in signed_in(takahashi).get(waiting.get_absolute_url()).content.decode()
    event = AuditEvent.objects.get(tag="operation:rejected")
    assert event.details["decision_reason"] == "会議中（15時以降に）"


def test_who_approves_need_not_say_why(waiting: Operation, approver: Client) -> None:
    decide(approver, waiting, "approve")
    assert (waiting.status, waiting.decision_reason) == (OperationStatus.QUEUED, "")


def test_what_has_become_stale_can_only_be_rejected_and_says_so(
    waiting: Operation, plain_endpoint: Endpoint, approver: Client
) -> None:
    Endpoint.objects.filter(pk=plain_endpoint.pk).update(authorization_rules=[rule("10.0.0.0/8")])
    page = approver.get(waiting.get_absolute_url()).content.decode()
    assert "Reject it, and have it asked for anew." in page
    assert 'value="approve"' not in page
    assert 'value="reject"' in page


def test_who_asked_for_what_is_stale_is_told_to_cancel_it(
    waiting: Operation, plain_endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    """They can't reject it."""
    Endpoint.objects.filter(pk=plain_endpoint.pk).update(authorization_rules=[rule("10.0.0.0/8")])
    page = signed_in(takahashi).get(waiting.get_absolute_url()).content.decode()
    assert "Cancel it, and ask for it anew." in page
    assert "Reject it" not in page


def test_what_can_no_longer_be_planned_says_so(
    waiting: Operation, plain_endpoint: Endpoint, approver: Client
) -> None:
    Endpoint.objects.filter(pk=plain_endpoint.pk).update(target_networks=[])
    page = approver.get(waiting.get_absolute_url()).content.decode()
    assert "can&#x27;t be planned any more" in page or "can't be planned any more" in page


def test_the_requester_is_told_who_can_approve(
    waiting: Operation, kobayashi: User, takahashi: User, signed_in: SignedIn
) -> None:
    page = signed_in(takahashi).get(waiting.get_absolute_url()).content.decode()
    assert f"It can be approved by: {kobayashi.name}" in page
    kobayashi.delete()
    page = signed_in(takahashi).get(waiting.get_absolute_url()).content.decode()
    assert "there is no second administrator" in page


def test_a_second_administrator_is_told_of_the_first_when_the_form_opens(
    plain_endpoint: Endpoint, ask: Ask, approver: Client
) -> None:
    running = ask("disassociate-target-network", plain_endpoint, subnet_id=SUBNET)
    for slug in ("pause-endpoint", "create-route", "authorize-ingress"):
        page = approver.get(f"/operations/new/{slug}/?endpoint={plain_endpoint.endpoint_id}").content.decode()
        assert f'<a href="{running.get_absolute_url()}">#{running.number}</a>' in page, slug
    # Ending a connection may run beside anything.
    answer = approver.get(f"/operations/new/terminate-connection/?endpoint={plain_endpoint.endpoint_id}")
    assert running.get_absolute_url() not in answer.content.decode()


def test_a_plan_says_what_excludes_it_before_a_reason_is_typed(
    plain_endpoint: Endpoint, ask: Ask, approver: Client
) -> None:
    route = {"destination_cidr": "10.9.0.0/16", "target_subnet": SUBNET}
    running = ask("create-route", plain_endpoint, **route)
    data = {"endpoint": plain_endpoint.endpoint_id, "stage": "plan", **route}
    page = approver.post("/operations/new/create-route/", data).content.decode()
    assert f'<a href="{running.get_absolute_url()}">#{running.number}</a>' in page
    other = data | {"destination_cidr": "10.10.0.0/16"}
    page = approver.post("/operations/new/create-route/", other).content.decode()
    assert running.get_absolute_url() not in page


def test_a_plan_from_before_the_last_change_says_so_at_once(
    plain_endpoint: Endpoint, ask: Ask, approver: Client
) -> None:
    route = {"destination_cidr": "10.9.0.0/16", "target_subnet": SUBNET}
    done = ask("create-route", plain_endpoint, **route)
    now = timezone.now() + timedelta(seconds=1)
    Operation.objects.filter(pk=done.pk).update(status=OperationStatus.SUCCEEDED, finished_at=now)
    done.steps.update(acted_at=now)
    data = {"endpoint": plain_endpoint.endpoint_id, "stage": "plan", **route}
    page = approver.post("/operations/new/create-route/", data).content.decode()
    assert f"has changed this endpoint just now (#{done.number})" in page


def request_route(admin: Client, endpoint: Endpoint, reason: str) -> str:
    route = {"destination_cidr": "10.9.0.0/16", "target_subnet": SUBNET, "description": "（予備）"}
    data = {"endpoint": endpoint.endpoint_id, **route}
    page = admin.post("/operations/new/create-route/", data | {"stage": "plan"}).content.decode()
    digest = page.partition('name="digest" value="')[2][:64]
    run = data | {"stage": "run", "digest": digest, "reason": reason}
    return admin.post("/operations/new/create-route/", run, follow=True).content.decode()


def test_a_second_click_is_silent_and_a_second_reason_is_not_lost_silently(
    plain_endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    admin = signed_in(takahashi)
    request_route(admin, plain_endpoint, "first")
    assert "is not recorded" not in request_route(admin, plain_endpoint, "first")
    page = request_route(admin, plain_endpoint, "second")
    assert "with the reason “first”. “second” is not recorded." in page
    assert Operation.objects.count() == 1


def test_the_record_keeps_the_words_as_they_were_typed(
    plain_endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    reason = "保守（NAT…の交換）ＡＢＣ①"
    request_route(signed_in(takahashi), plain_endpoint, reason)
    operation = Operation.objects.get()
    assert (operation.reason, operation.parameters["description"]) == (reason, "（予備）")
    assert AuditEvent.objects.get(tag="operation:requested").details["reason"] == reason


def test_an_undo_is_not_called_what_it_undoes(plain_endpoint: Endpoint, ask: Ask, approver: Client) -> None:
    first = ask("create-route", plain_endpoint, destination_cidr="10.9.0.0/16", target_subnet=SUBNET)
    Operation.objects.filter(pk=first.pk).update(status=OperationStatus.SUCCEEDED)
    second = ask("create-route", plain_endpoint, destination_cidr="10.9.0.0/16", target_subnet=SUBNET)
    Operation.objects.filter(pk=second.pk).update(undo_of=first)
    page = approver.get("/operations/").content.decode()
    assert f"Undo #{first.number}: Create the route 10.9.0.0/16" in page
