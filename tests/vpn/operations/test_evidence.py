"""What was found at each look is on the operation's page, in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import plan
from vpn.operations.models import Operation, OperationFile
from vpn.operations.requests import services
from vpn.operations.requests.step_rows import StepRow, step_rows
from vpn.operations.states import OperationStatus, StepStatus

TANAKA = "m.tanaka@example.co.jp"


@pytest.fixture
def blocked(takahashi: User, tanaka: User) -> Operation:
    save_endpoint()
    draft = plan("block-person", None, usernames=TANAKA)
    return services.request(
        draft=draft, actor=takahashi, reason="left", digest=draft.digest, typed_name=draft.name_to_type
    )


def resync(operation: Operation, key: str = "end-connections:0", **endpoint: Any) -> None:
    connection = {"connection_id": "cvpn-connection-1", "username": TANAKA, "client_ip": "10.8.0.2"}
    answer = {"label": "tokyo-main", "nobodys": 0, "connections": [{**connection, "status": "terminated"}]}
    after = {
        "checked_at": (timezone.now() - timedelta(minutes=1)).isoformat(),
        "endpoints": {"cvpn-endpoint-1": {**answer, **endpoint}},
    }
    operation.steps.filter(key=key).update(status=StepStatus.DONE, after=after)


def page(operation: Operation, user: User, signed_in: SignedIn) -> str:
    return signed_in(user).get(operation.get_absolute_url()).content.decode()


def test_there_is_none_before_anybody_has_looked(
    blocked: Operation, takahashi: User, signed_in: SignedIn
) -> None:
    assert "Evidence" not in page(blocked, takahashi, signed_in)


def test_each_connection_is_shown_with_what_aws_says_of_it(
    blocked: Operation, takahashi: User, signed_in: SignedIn
) -> None:
    resync(blocked)
    resync(blocked, "end-connections:2", connections=[])
    text = page(blocked, takahashi, signed_in)
    assert text.count("Looked at") == 2
    assert "cvpn-connection-1" in text
    assert "No connection with their name" in text


def test_what_could_not_be_found_out_is_said(
    blocked: Operation, takahashi: User, signed_in: SignedIn
) -> None:
    resync(blocked, connections=[], nobodys=3, error={"id": "aws-throttled", "code": "RequestLimitExceeded"})
    text = page(blocked, takahashi, signed_in)
    assert "3 connections without a name" in text
    assert "RequestLimitExceeded" in text
    # AWS answered nowhere, so nobody knows, and nothing is ticked.
    assert "couldn't be checked whether they are connected" in text
    assert "with their name" not in text
    assert row(blocked).state == "unknown"
    assert "Couldn't be checked: tokyo-main" in row(blocked).detail


def test_nothing_found_speaks_only_of_endpoints_that_answered(
    blocked: Operation, takahashi: User, signed_in: SignedIn
) -> None:
    resync(blocked, connections=[])
    step = blocked.steps.get(key="end-connections:0")
    error = {"id": "aws-access-denied", "code": "UnauthorizedOperation"}
    silent = {"label": "osaka-dr", "nobodys": 0, "connections": [], "error": error}
    step.after["endpoints"]["cvpn-endpoint-2"] = silent
    step.save(update_fields=["after"])
    text = page(blocked, takahashi, signed_in)
    assert "On tokyo-main no connection with their name" in text
    assert "osaka-dr couldn&#x27;t be checked." in text
    assert row(blocked).state == "unknown"


def test_what_aws_refused_to_end_is_not_ticked(blocked: Operation) -> None:
    resync(blocked)
    step = blocked.steps.get(key="end-connections:0")
    step.after["refusals"] = {"cvpn-endpoint-1": {"id": "aws-access-denied", "code": "UnauthorizedOperation"}}
    step.save(update_fields=["after"])
    assert row(blocked).state == "unknown"
    assert "AWS refused to end connections: tokyo-main" in row(blocked).detail


def row(operation: Operation, key: str = "end-connections:0") -> StepRow:
    with override("en"):
        return step_rows([operation.steps.get(key=key)])[0]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"denied": [TANAKA]}, f"deny (tokyo) refuses {TANAKA}."),
        ({"error": {"id": "aws-access-denied", "code": "AccessDenied"}}, "deny (tokyo): not refused."),
        ({"unusable": "operation-no-policy"}, "It has no authorization policy"),
        ({"forbidden": [TANAKA], "shadow_mode": True}, "only tried out (shadow mode)"),
    ],
)
def test_whether_they_are_refused_is_said(
    blocked: Operation, takahashi: User, signed_in: SignedIn, after: dict[str, Any], said: str
) -> None:
    resync(blocked)
    blocked.steps.create(
        position=90, key="deny:tokyo", title="", detail="tokyo: deny", status="done", after=after
    )
    assert said in page(blocked, takahashi, signed_in)


def test_a_file_is_downloaded_and_never_shown(
    blocked: Operation, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    OperationFile.objects.create(operation=blocked, name="list.pem", content="<script>alert(1)</script>")
    url = f"{blocked.get_absolute_url()}files/list.pem"
    assert url in page(blocked, takahashi, signed_in)
    response = signed_in(takahashi).get(url)
    assert response["Content-Disposition"] == 'attachment; filename="list.pem"'
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == (
        "application/octet-stream",
        "nosniff",
    )
    assert signed_in(tanaka).get(url).status_code == 403
    assert signed_in(takahashi).get(f"{url}.gone").status_code == 404


def test_letting_them_in_again_is_offered_as_the_undo(
    blocked: Operation, takahashi: User, signed_in: SignedIn
) -> None:
    resync(blocked)
    blocked.steps.filter(key="end-connections:0").update(acted_at=timezone.now())
    Operation.objects.update(
        status=OperationStatus.FAILED, finished_at=timezone.now(), error_id="operation-connected-again"
    )
    text = page(blocked, takahashi, signed_in)
    url = f"/operations/new/unblock-person/?plan=1&amp;undo_of={blocked.pk}&amp;usernames=m.tanaka%40example.co.jp"
    assert url in text
    assert "Only the identity provider can refuse them" in text
    plan_page = signed_in(takahashi).get(url.replace("&amp;", "&")).content.decode()
    assert f"Let {TANAKA} connect again" in plan_page
