"""Outages and rollover, from a test, by JSON and by the page's buttons."""

import json
from typing import Any

import pytest

from sandbox.company import PEOPLE
from sandbox.idp.server import IdpServer
from tests.sandbox.idp.http import Answer, Form, get, post, send_json
from tests.sandbox.idp.service import Service


def _state(answer: Answer) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(answer.text)
    return state


def test_a_provider_that_is_down_answers_503_everywhere(own_idp: IdpServer) -> None:
    service = Service(own_idp)
    fields = Form(get(service.login_url()).text, "/sso/answer").fields
    own_idp.down = True
    assert own_idp.down
    answers = [
        get(own_idp.metadata_url),
        get(service.login_url()),
        post(f"{own_idp.url}/sso/answer", {**fields, "person": PEOPLE[0].email}),
        get(f"{own_idp.url}/slo?SAMLResponse=x"),
    ]
    assert [answer.status for answer in answers] == [503] * 4
    assert all(answer.headers["Retry-After"] == "60" for answer in answers)
    own_idp.down = False
    assert get(own_idp.metadata_url).status == 200
    assert get(service.login_url()).status == 200


def test_metadata_and_sign_in_go_down_apart(own_idp: IdpServer) -> None:
    service = Service(own_idp)
    send_json("PUT", f"{own_idp.url}/control/down", {"metadata": True})
    assert get(own_idp.metadata_url).status == 503
    assert get(service.login_url()).status == 200
    assert not own_idp.down
    state = _state(send_json("PUT", f"{own_idp.url}/control/down", {"metadata": False, "sso": True}))
    assert (state["metadata_down"], state["sso_down"]) == (False, True)
    assert get(service.login_url()).status == 503


@pytest.mark.parametrize("wanted", [None, [], {"metadata": "yes"}, {"other": True}])
def test_a_switch_that_is_none_is_refused(own_idp: IdpServer, wanted: object) -> None:
    answer = send_json("PUT", f"{own_idp.url}/control/down", wanted)
    assert answer.status == 400
    assert _state(answer)["error"] == "bad_request"
    assert not own_idp.down


def test_a_script_rolls_the_certificate_over(own_idp: IdpServer) -> None:
    url = f"{own_idp.url}/control"
    old = own_idp.key.fingerprint
    assert _state(get(url))["certificates"][0]["fingerprint"] == old
    stages = [_state(send_json("POST", f"{url}/rollover/{step}")) for step in ("publish", "sign", "drop")]
    assert [stage["stage"] for stage in stages] == ["announced", "switched", "one"]
    signing = [[kept["signs"] for kept in stage["certificates"]] for stage in stages]
    assert signing == [[True, False], [False, True], [True]]
    assert own_idp.key.fingerprint != old


def test_a_script_out_of_turn_is_told(own_idp: IdpServer) -> None:
    answer = send_json("POST", f"{own_idp.url}/control/rollover/drop")
    assert answer.status == 409
    assert _state(answer)["error"] == "out_of_turn"
    assert send_json("POST", f"{own_idp.url}/control/rollover/other").status == 404


def test_the_pages_buttons_do_the_same(own_idp: IdpServer) -> None:
    page = f"{own_idp.url}/keys"
    for pressed in ("publish", "sign", "drop", "stop-metadata", "stop-sso", "start-sso"):
        assert f'value="{pressed}"' in get(page).text
        answer = post(page, {"press": pressed})
        assert (answer.status, answer.headers["Location"]) == (303, "/keys")
    state = _state(get(f"{own_idp.url}/control"))
    assert (state["stage"], state["metadata_down"], state["sso_down"]) == ("one", True, False)
    assert post(page, {"press": "drop"}).status == 409


def test_the_page_offers_the_next_step_only(own_idp: IdpServer) -> None:
    for step in ("publish", "sign", "drop"):
        page = get(f"{own_idp.url}/keys").text
        assert page.count(" disabled") == 2
        assert f'value="{step}" class="main"' in page
        post(f"{own_idp.url}/keys", {"press": step})


def test_the_front_page_leads_there(idp: IdpServer) -> None:
    assert get(idp.url).headers["Location"] == "/keys"
