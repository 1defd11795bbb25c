"""What AWS logs of an endpoint's authorization policy is read, said in words, and found."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import connection_id, ended, failed, keep, read, started
from vpn.connection_log.join import join_events
from vpn.connection_log.models import Connection
from vpn.connection_log.policy_evaluation import parse_devices
from vpn.connection_log.policy_texts import end_text, result_text
from vpn.connection_log.search.rows import connection_state

pytestmark = pytest.mark.django_db
WEEK = "since=2026-11-17T00:00&until=2026-11-24T00:00"


def evaluation(result: str, when: str = "connection-attempt", **more: Any) -> dict[str, Any]:
    said = {name.replace("_", "-"): value for name, value in more.items()}
    return {"result": result, "evaluation-type": when, "shadow-mode": "disabled", **said}


VALID = {"crowdstrike": {"status": "validated"}}
EXPIRED = {"jamf": {"status": "failed", "reason": "token-expired"}}
PERMIT = evaluation("permit", device_token_status=VALID)
CUT = evaluation("deny", "periodic", reason="policy-deny", device_token_status=EXPIRED)


def with_policy(text: Any) -> dict[str, Any]:
    return {"authorization_policy_evaluation": text}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def connections() -> None:
    """1: cut by the periodic check; 2: refused for its token; 3: shadow mode; 4: permitted; 5: without a policy."""
    shadow = evaluation("deny", "periodic") | {"shadow-mode": "enabled"}
    malformed = {"crowdstrike": {"status": "failed", "reason": "token-malformed"}}
    error = evaluation("error", reason="policy-deny", device_token_status=malformed)
    keep(
        [
            started(1, **with_policy(PERMIT)),
            ended(1, **with_policy(CUT)),
            failed(2, at="2026-11-20 04:00:00", **with_policy(error)),
            started(3, **with_policy(shadow | {"evaluation-type": "connection-attempt"})),
            ended(3, **with_policy(shadow)),
            started(4, **with_policy(PERMIT)),
            ended(4, **with_policy(PERMIT | {"evaluation-type": "periodic"})),
            started(5),
            ended(5),
        ]
    )


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def found(client: Client, query: str) -> set[int]:
    text = page(client, f"/connections/?{WEEK}&{query}")
    return {int(number, 16) for number in re.findall(r'href="/connections/cvpn-connection-(\w+)/"', text)}


def test_the_newest_evaluation_counts_in_whatever_order_the_events_come() -> None:
    events = [read(started(1, **with_policy(PERMIT))), read(ended(1, **with_policy(CUT)))]
    for order in (events, events[::-1]):
        joined = join_events(order)
        assert (joined.policy_result, joined.policy_type, joined.policy_reason) == (
            "deny",
            "periodic",
            "policy-deny",
        )
        assert list(parse_devices(joined.policy_devices)) == [("jamf", "failed", "token-expired")]


@pytest.mark.parametrize("value", ["NA", None, {}, {"result": "NA"}])
def test_without_an_evaluation_nothing_is_kept(value: object) -> None:
    joined = join_events([read(started(1, **with_policy(value)))])
    assert (joined.policy_result, joined.policy_devices) == (None, None)


@pytest.mark.parametrize("value", ["deny", ["deny"], {"result": "deny", "device-token-status": "x"}])
def test_an_evaluation_that_can_not_be_read_leaves_the_rest_of_the_event(value: object) -> None:
    event = read(started(1, **with_policy(value)))
    assert (event.policy, event.left_out) == (None, ("authorization-policy-evaluation",))


@pytest.mark.usefixtures("connections")
def test_a_connection_that_a_policy_cut_says_so(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    text = page(client, f"/connections/{connection_id(1)}/")
    assert "The authorization policy ended it (The device's token has expired)" in text
    assert "Denied (while it was connected)" in text
    assert "jamf: The device's token has expired" in text
    assert "The authorization policy ended it" in page(client, f"/connections/?{WEEK}&policy=cut")
    refused = page(client, f"/connections/{connection_id(2)}/")
    assert "crowdstrike: The device's token can't be read" in refused
    assert "Could not be evaluated (when it connected)" in refused


@pytest.mark.usefixtures("connections")
def test_shadow_mode_is_not_called_a_refusal() -> None:
    row = Connection.objects.select_related("user").get(connection_id=connection_id(3))
    assert end_text(row) == "The authorization policy would have refused it (shadow mode)"
    assert connection_state(row).text == "Ended"
    assert result_text(row) == "Denied (while it was connected), in shadow mode: it had no effect"


@pytest.mark.usefixtures("connections")
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("policy=cut", {1}),
        ("policy=deny", {1, 3}),
        ("policy=error", {2}),
        ("policy=permit", {4}),
        ("token=token-expired", {1}),
        ("q=policy:error", {2}),
        ("q=token:token-malformed", {2}),
    ],
)
def test_it_is_searched_for(suzuki: User, signed_in: SignedIn, query: str, numbers: set[int]) -> None:
    assert found(signed_in(suzuki), query) == numbers


@pytest.mark.usefixtures("connections")
def test_a_result_that_no_policy_has_is_explained(suzuki: User, signed_in: SignedIn) -> None:
    text = page(signed_in(suzuki), f"/connections/?{WEEK}&q=policy:maybe")
    assert "There is no result maybe of a policy." in text


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections")
def test_an_export_has_it(suzuki: User, signed_in: SignedIn) -> None:
    answer = signed_in(suzuki).get(f"/connections/export.csv?{WEEK}&policy=cut&header=ids")
    header, line = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    # Scripts go by the order: what the connect handler saw came later, and stands after it.
    assert (
        "policy_result,policy_type,policy_reason,policy_shadow_mode,policy_devices,client_version" in header
    )
    assert "jamf=failed:token-expired" in line
    assert Connection.objects.filter(policy_result="deny").count() == 2
