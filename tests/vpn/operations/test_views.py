"""The pages: a form, its plan, the operation; nothing that was typed is lost on the way."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from tests.vpn.operations.asking import ask_as
from vpn.endpoints.models import Endpoint
from vpn.operations.models import Operation
from vpn.operations.requests import services
from vpn.operations.states import OperationStatus

SUBNET = "subnet-0a1b2c3d"
ROUTE = {"destination_cidr": "10.9.0.0/16", "target_subnet": SUBNET, "description": "office"}
Settings = Callable[..., None]


@pytest.fixture
def endpoint(plain_endpoint: Endpoint) -> Endpoint:
    return plain_endpoint


@pytest.fixture
def admin(takahashi: User, signed_in: SignedIn) -> Client:
    return signed_in(takahashi)


def planned(client: Client, endpoint: Endpoint, slug: str = "create-route", **data: str) -> str:
    answer = client.post(
        f"/operations/new/{slug}/", {"endpoint": endpoint.endpoint_id, "stage": "plan", **data}
    )
    assert answer.status_code == 200
    return answer.content.decode()


def digest_of(page: str) -> str:
    return page.partition('name="digest" value="')[2][:64]


def test_the_list_is_empty_at_first_and_says_what_it_is_for(admin: Client) -> None:
    assert "No operation has been recorded yet" in admin.get("/operations/").content.decode()


def test_every_kind_is_offered_for_the_only_endpoint(admin: Client, endpoint: Endpoint) -> None:
    page = admin.get("/operations/new/").content.decode()
    assert f"/operations/new/create-route/?endpoint={endpoint.endpoint_id}" in page


def test_one_of_several_endpoints_is_chosen_first_which_is_said_once(
    admin: Client, endpoint: Endpoint
) -> None:
    assert "Choose an endpoint first" not in admin.get("/operations/new/").content.decode()
    save_endpoint("osaka-dr")
    page = admin.get("/operations/new/").content.decode()
    assert page.count("Choose an endpoint first") == 1
    assert "/operations/new/create-route/" not in page
    assert "/operations/new/terminate-person/" in page


def test_a_plan_shows_what_will_change_and_writes_nothing(admin: Client, endpoint: Endpoint) -> None:
    page = planned(admin, endpoint, **ROUTE)
    assert "Nothing has changed yet" in page
    assert f"<ins>route  10.9.0.0/16 → {SUBNET}</ins>" in page
    assert not Operation.objects.exists()


def test_a_form_that_is_refused_keeps_what_was_typed(admin: Client, endpoint: Endpoint) -> None:
    page = planned(admin, endpoint, **ROUTE | {"destination_cidr": "10.9.0.1/16"})
    assert "The network of this address is written 10.9.0.0/16." in page
    assert 'value="10.9.0.1/16"' in page
    assert 'value="office"' in page


def test_who_goes_back_from_the_plan_finds_the_form_as_it_was(admin: Client, endpoint: Endpoint) -> None:
    page = planned(admin, endpoint, **ROUTE | {"stage": "edit"})
    assert 'value="10.9.0.0/16"' in page
    assert "There is a problem" not in page


def test_confirming_makes_the_operation_and_records_who_asked(
    admin: Client, endpoint: Endpoint, takahashi: User
) -> None:
    digest = digest_of(planned(admin, endpoint, **ROUTE))
    data = {
        "endpoint": endpoint.endpoint_id,
        "stage": "run",
        "digest": digest,
        "reason": "New office",
        **ROUTE,
    }
    answer = admin.post("/operations/new/create-route/", data)
    operation = Operation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, operation.get_absolute_url())
    assert (operation.number, operation.status, operation.reason) == (1, OperationStatus.QUEUED, "New office")
    event = AuditEvent.objects.get(tag="operation:requested")
    assert (event.actor, event.target) == (takahashi.username, endpoint.endpoint_id)
    assert event.details["parameters"] == ROUTE
    assert event.reference


def test_a_reason_is_needed_and_the_rest_stays(admin: Client, endpoint: Endpoint) -> None:
    digest = digest_of(planned(admin, endpoint, **ROUTE))
    data = {"endpoint": endpoint.endpoint_id, "stage": "run", "digest": digest, "reason": " ", **ROUTE}
    page = admin.post("/operations/new/create-route/", data).content.decode()
    assert "There is a problem" in page
    assert 'name="destination_cidr" value="10.9.0.0/16"' in page
    assert not Operation.objects.exists()


def test_a_destructive_kind_asks_for_the_endpoints_name(admin: Client, endpoint: Endpoint) -> None:
    data = {"route": f"0.0.0.0/0 {SUBNET}"}
    page = planned(admin, endpoint, "delete-route", **data)
    assert "Type “tokyo-main” to confirm" in page
    given = {
        "endpoint": endpoint.endpoint_id,
        "stage": "run",
        "digest": digest_of(page),
        "reason": "x",
        **data,
    }
    refused = admin.post("/operations/new/delete-route/", given | {"typed_name": "tokyo"}).content.decode()
    assert "Type exactly “tokyo-main”." in refused
    taken = admin.post("/operations/new/delete-route/", given | {"typed_name": "ｔｏｋｙｏ-main "})
    assert taken.status_code == 302


def test_a_plan_that_is_out_of_date_is_shown_again_with_the_reason(admin: Client, endpoint: Endpoint) -> None:
    digest = digest_of(planned(admin, endpoint, **ROUTE))
    Endpoint.objects.filter(pk=endpoint.pk).update(authorization_rules=[rule("10.0.0.0/8")])
    data = {"endpoint": endpoint.endpoint_id, "stage": "run", "digest": digest, "reason": "Office", **ROUTE}
    page = admin.post("/operations/new/create-route/", data).content.decode()
    assert "The settings have changed since you confirmed." in page
    assert 'value="Office"' in page
    assert not Operation.objects.exists()
    again = admin.post("/operations/new/create-route/", data | {"digest": digest_of(page)})
    assert again.status_code == 302


def test_who_is_disconnected_is_named_first(admin: Client, endpoint: Endpoint, tanaka: User) -> None:
    save_connection(endpoint, tanaka.username.upper())
    page = planned(admin, endpoint, "authorize-ingress", destination_cidr="10.9.0.0/16", who="everybody")
    assert "1 connected person will be disconnected." in page
    assert page.index(tanaka.name) < page.index("Before → after")
    assert "Run and disconnect 1 person" in page


def test_another_operation_in_the_way_is_named(admin: Client, endpoint: Endpoint, takahashi: User) -> None:
    other = User.objects.create(username="kobayashi@example.co.jp", name="小林 誠", roles=takahashi.roles)
    ask_as(other)("create-route", endpoint, **ROUTE)
    digest = digest_of(planned(admin, endpoint, **ROUTE))
    data = {"endpoint": endpoint.endpoint_id, "stage": "run", "digest": digest, "reason": "x", **ROUTE}
    page = admin.post("/operations/new/create-route/", data).content.decode()
    assert "小林 誠 is running an operation on this endpoint (#1)" in page


def test_a_second_click_leads_to_the_same_operation(admin: Client, endpoint: Endpoint) -> None:
    digest = digest_of(planned(admin, endpoint, **ROUTE))
    data = {"endpoint": endpoint.endpoint_id, "stage": "run", "digest": digest, "reason": "x", **ROUTE}
    answers = [admin.post("/operations/new/create-route/", data) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"] == Operation.objects.get().get_absolute_url()


def test_only_what_is_undone_counts_as_undone(admin: Client, endpoint: Endpoint, takahashi: User) -> None:
    first = ask_as(takahashi)("create-route", endpoint, **ROUTE)
    services.cancel(operation=first, actor=takahashi)
    for undo_of in (str(first.pk), str(uuid4()), "x"):
        digest = digest_of(planned(admin, endpoint, **ROUTE))
        data = {"endpoint": endpoint.endpoint_id, "stage": "run", "digest": digest, "reason": "x", **ROUTE}
        admin.post("/operations/new/create-route/", data | {"undo_of": undo_of})
        newest = Operation.objects.order_by("-number").first()
        assert newest is not None
        assert newest.undo_of is None
        services.cancel(operation=newest, actor=takahashi)


def test_its_page_updates_itself_until_it_has_ended(
    admin: Client, endpoint: Endpoint, takahashi: User
) -> None:
    operation = ask_as(takahashi)("create-route", endpoint, **ROUTE)
    page = admin.get(operation.get_absolute_url()).content.decode()
    assert 'data-refresh="3"' in page
    assert "<title>(0/2) Create the route 10.9.0.0/16 · tokyo-main · Genkan</title>" in page
    fragment = admin.get(operation.get_absolute_url(), headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    services.cancel(operation=operation, actor=takahashi)
    ended = admin.get(operation.get_absolute_url(), headers={"hx-request": "true"}).content.decode()
    assert "data-refresh" not in ended
    assert "hx-trigger" not in ended
    assert "Cancelled" in ended


def test_cancelling_asks_first(admin: Client, endpoint: Endpoint, takahashi: User) -> None:
    operation = ask_as(takahashi)("create-route", endpoint, **ROUTE)
    url = f"{operation.get_absolute_url()}cancel/"
    assert "Nothing has been changed, and nothing will be." in admin.get(url).content.decode()
    Operation.objects.update(started_at=timezone.now())
    assert "Steps that are done stay done" in admin.get(url).content.decode()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.QUEUED
    admin.post(f"{operation.get_absolute_url()}cancel/")
    operation.refresh_from_db()
    assert operation.status == OperationStatus.CANCELLED


def test_it_is_found_by_status_kind_endpoint_and_person(
    admin: Client, endpoint: Endpoint, takahashi: User
) -> None:
    ask_as(takahashi)("create-route", endpoint, **ROUTE)
    shown = "10.9.0.0/16"
    for query, expected in {
        "status=open": True,
        "status=failed": False,
        "kind=create-route": True,
        "kind=delete-route": False,
        f"endpoint={endpoint.endpoint_id}": True,
        "who=takahashi": True,
        "who=nobody": False,
    }.items():
        page = admin.get(f"/operations/?{query}").content.decode()
        assert (shown in page) is expected, query


def test_the_list_goes_on_by_number(admin: Client, endpoint: Endpoint, takahashi: User) -> None:
    for number in range(52):
        ask_as(takahashi)("create-route", endpoint, **ROUTE | {"destination_cidr": f"10.9.{number}.0/24"})
    newest = admin.get("/operations/").content.decode()
    assert "#52<" in newest
    assert "#2<" not in newest
    older = admin.get("/operations/?before=3").content.decode()
    assert "#2<" in older
    assert "after=2" in older


def test_a_kind_or_an_operation_that_does_not_exist_is_not_found(admin: Client, endpoint: Endpoint) -> None:
    assert admin.get("/operations/new/make-coffee/").status_code == 404
    assert admin.get(f"/operations/{uuid4()}/").status_code == 404


def test_an_endpoint_that_is_gone_cannot_be_chosen(admin: Client, endpoint: Endpoint) -> None:
    Endpoint.objects.update(vanished_at=endpoint.seen_at)
    answer = admin.get(f"/operations/new/create-route/?endpoint={endpoint.endpoint_id}")
    assert answer["Location"] == "/operations/new/"


def test_an_auditor_reads_an_operation_and_is_offered_nothing_that_changes_anything(
    endpoint: Endpoint, takahashi: User, suzuki: User, signed_in: SignedIn
) -> None:
    operation = ask_as(takahashi)("create-route", endpoint, **ROUTE)
    auditor = signed_in(suzuki)
    page = auditor.get(operation.get_absolute_url()).content.decode()
    assert operation.reason in page
    for url in ("/operations/new/", f"{operation.get_absolute_url()}cancel/", "/endpoints/"):
        assert f'href="{url}' not in page
    assert 'name="decision"' not in page
    assert f'href="{operation.get_absolute_url()}"' in auditor.get("/operations/").content.decode()
