"""Operations for scripts: the same services, with the same checks."""

from typing import Any

import pytest
from django.test import Client

from portal.access.models import User
from portal.access.permissions import Permission
from tests.vpn.api.conftest import Script, token_of
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

SUBNET = "subnet-0a1b2c3d"


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    network = {
        "association_id": "cvpn-assoc-1",
        "subnet_id": SUBNET,
        "vpc_id": "vpc-1",
        "status": "associated",
    }
    return save_endpoint(target_networks=[{**network, "message": "", "security_groups": []}], routes=[])


@pytest.fixture
def secret(takahashi: User) -> str:
    return token_of(takahashi)


@pytest.fixture
def script(secret: str) -> Script:
    return lambda url: Client().get(url, headers={"authorization": f"Bearer {secret}"})


@pytest.fixture
def post(secret: str) -> Any:
    own = secret

    def send(url: str, body: Any = None, secret: str = own) -> Any:
        headers = {"authorization": f"Bearer {secret}", "accept-language": "en"}
        return Client().post(url, body, content_type="application/json", headers=headers)

    return send


def asked(endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    parameters = {"destination_cidr": "192.168.77.0/24", "target_subnet": SUBNET}
    given = {"kind": "create-route", "endpoint_id": endpoint.endpoint_id, "parameters": parameters}
    return {**given, "reason": "lab", **more}


def test_an_operation_is_planned_asked_for_read_and_cancelled(
    script: Script, post: Any, endpoint: Endpoint, takahashi: User
) -> None:
    given = asked(endpoint)
    del given["reason"]
    plan = post("/api/operations/plan/", given).json()
    assert plan["changes"] == [{"name": "route", "before": None, "after": f"192.168.77.0/24 → {SUBNET}"}]
    assert not Operation.objects.exists()
    made = post("/api/operations/", asked(endpoint, digest=plan["digest"])).json()
    operation = Operation.objects.get()
    assert (made["id"], made["status"], made["requested_by"]) == (
        str(operation.pk),
        "queued",
        takahashi.username,
    )
    (listed,) = script("/api/operations/?kind=create-route").json()["operations"]
    detail = script(f"/api/operations/{operation.pk}/").json()
    assert {name: value for name, value in detail.items() if name != "steps"} == listed
    assert [step["status"] for step in detail["steps"]] == ["pending"] * operation.steps.count()
    assert post(f"/api/operations/{operation.pk}/cancel/").json()["status"] == OperationStatus.CANCELLED
    again = post(f"/api/operations/{operation.pk}/cancel/")
    assert (again.status_code, again.json()["refusal"]) == (409, "wrong-state")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "make-coffee"}, "kind"),
        ({"endpoint_id": "cvpn-endpoint-0"}, "endpoint_id"),
        ({"reason": "  "}, "reason"),
        ({"parameters": {"colour": "blue"}}, "colour"),
        ({"parameters": {"destination_cidr": "office", "target_subnet": SUBNET}}, "destination_cidr"),
    ],
)
def test_what_is_wrong_is_said_by_parameter(
    post: Any, endpoint: Endpoint, change: dict[str, Any], field: str
) -> None:
    response = post("/api/operations/", asked(endpoint, **change))
    assert (response.status_code, response.json()["id"]) == (400, "parameters-invalid")
    assert list(response.json()["errors"]) == [field]
    assert not Operation.objects.exists()


def test_a_body_that_is_not_one_is_refused(post: Any, endpoint: Endpoint) -> None:
    for body in ("[]", "{", {"kind": 1}, {**asked(endpoint), "colour": "blue"}):
        response = post("/api/operations/", body)
        assert (response.status_code, response.json()["id"]) == (400, "body-invalid")


def test_the_pages_refusals_are_the_scripts_refusals(post: Any, endpoint: Endpoint) -> None:
    stale = post("/api/operations/", asked(endpoint, digest="0" * 64))
    assert (stale.status_code, stale.json()["refusal"]) == (409, "stale")
    assert post("/api/operations/", asked(endpoint)).status_code == 200
    busy = post("/api/operations/", asked(endpoint))
    assert (busy.json()["id"], busy.json()["refusal"]) == ("operation-refused", "busy")
    assert "#1" in busy.json()["detail"]


def test_a_destructive_kind_wants_the_name(post: Any, endpoint: Endpoint) -> None:
    save_connection(endpoint, "m.tanaka@example.co.jp")
    given = {"kind": "pause-endpoint", "endpoint_id": endpoint.endpoint_id, "reason": "save"}
    plan = post("/api/operations/plan/", {"kind": given["kind"], "endpoint_id": given["endpoint_id"]}).json()
    assert plan["destructive"]
    assert [person["username"] for person in plan["disconnects"]] == ["m.tanaka@example.co.jp"]
    refused = post("/api/operations/", given)
    assert (refused.status_code, refused.json()["refusal"]) == (409, "not-named")
    assert post("/api/operations/", {**given, "typed_name": plan["name_to_type"]}).status_code == 200


def test_a_token_does_only_what_it_was_made_for(post: Any, endpoint: Endpoint, suzuki: User) -> None:
    secret = token_of(suzuki)
    refused = post("/api/operations/", asked(endpoint), secret=secret)
    assert (refused.status_code, refused.json()["permission"]) == (403, Permission.OPERATION_REQUEST)
    assert not Operation.objects.exists()


def test_a_reading_token_asks_for_nothing(endpoint: Endpoint, takahashi: User, post: Any) -> None:
    secret = token_of(
        takahashi.__class__.objects.create(username="robot", roles=["admin"]), Permission.OPERATION_READ
    )
    assert post("/api/operations/", asked(endpoint), secret=secret).status_code == 403
    headers = {"authorization": f"Bearer {secret}"}
    assert Client().get("/api/operations/", headers=headers).status_code == 200


def test_an_operation_that_does_not_exist_is_not_found(script: Script) -> None:
    response = script("/api/operations/00000000-0000-0000-0000-000000000000/")
    assert (response.status_code, response.json()["id"]) == (404, "not-found")


@pytest.mark.parametrize("url", ["/api/operations/", "/api/operations/plan/"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"kind":"\xff"}',
        b'{"kind":"' + b"a" * (4 * 1024 * 1024) + b'"}',
        b'{"kind": "create-route", "reason": "\\ud800"}',
        b'{"kind": "create-route", "reason": "lab", "parameters": {"hours": NaN}}',
    ],
    ids=["no UTF-8", "too long", "half a character", "not a number"],
)
def test_a_body_that_can_not_be_read_is_a_problem_in_json(post: Any, url: str, body: bytes) -> None:
    answer = post(url, body)
    assert (answer.status_code, answer.json()["id"]) == (400, "body-invalid")
    assert answer["Content-Type"] == "application/problem+json"


def test_more_parameters_than_anybody_reads_are_a_problem_in_json(script: Script) -> None:
    answer = script("/api/operations/?" + "&".join(f"a{number}=1" for number in range(1001)))
    assert (answer.status_code, answer.json()["id"]) == (400, "query-invalid")
