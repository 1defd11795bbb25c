"""From the search box to the sentence that is read out; and what nobody may see without a reason."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit import targets
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.connection_log.log_lines import connection_id, failed, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connection_log.models import ConnectionUser
from vpn.directory.models import Directory, DirectoryUser
from vpn.help.codes import make_code, open_code
from vpn.helpdesk.opening import PEOPLE_AN_HOUR

pytestmark = pytest.mark.django_db


def stamp(minutes: float = 1) -> str:
    return f"{timezone.now() - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def agent(sato: User, signed_in: SignedIn) -> Client:
    return signed_in(sato)


def found(agent: Client, query: str) -> str:
    return agent.get("/helpdesk/-/results/", {"q": query}).content.decode()


@pytest.mark.parametrize("query", ["田中", "m.tanaka", "M.TANAKA@EXAMPLE.CO.JP", "ｍ．ｔａｎａｋａ", "美咲"])
def test_a_person_is_found_by_any_part_of_a_name(agent: Client, tanaka: User, query: str) -> None:
    assert tanaka.username in found(agent, query)


def test_a_person_is_found_by_addresses_ids_and_references(agent: Client, tanaka: User) -> None:
    endpoint = save_endpoint()
    at = stamp()
    values = {"client_vpn_endpoint_id": endpoint.endpoint_id, "username": tanaka.username}
    keep([started(1, connection_start_time=at, connection_last_update_time=at, **values)])
    save_connection(endpoint, tanaka.username, client_ip="10.8.0.77")
    reference = "K7QW-2MRTA9"
    record(Tag.SIGN_IN_SUCCEEDED, actor=tanaka, reference=reference)
    for query in (
        "198.51.100.27",
        "10.8.0.77",
        connection_id(1),
        reference,
        reference.replace("-", "").lower(),
    ):
        assert tanaka.username in found(agent, query), query


def test_there_is_no_list_of_everybody(agent: Client, tanaka: User) -> None:
    for query in ("", " ", "a", "%", "@"):
        assert tanaka.username not in found(agent, query)


def test_a_page_opens_with_a_reason_only_and_is_recorded(agent: Client, tanaka: User, sato: User) -> None:
    save_endpoint()
    url = f"/helpdesk/{tanaka.username}/"
    closed = agent.get(url).content.decode()
    assert "Ticket number or reason" in closed
    assert "Likely cause" not in closed
    assert agent.post(url, {"reason": " "}).status_code == 200
    assert not AuditEvent.objects.filter(tag=Tag.HELPDESK_PERSON_OPENED).exists()
    assert agent.post(url, {"reason": "INC-4711"}).status_code == 302
    event = AuditEvent.objects.get(tag=Tag.HELPDESK_PERSON_OPENED)
    assert (event.actor, event.people, event.details["reason"]) == (
        sato.username,
        [tanaka.username],
        "INC-4711",
    )
    page = agent.get(url).content.decode()
    assert "The person has no profile yet" in page
    assert "まだ取得されていません" in page


def test_a_reason_is_for_one_person(agent: Client, tanaka: User, suzuki: User) -> None:
    agent.post(f"/helpdesk/{tanaka.username}/", {"reason": "INC-4711"})
    assert "Ticket number or reason" in agent.get(f"/helpdesk/{suzuki.username}/").content.decode()


def test_the_story_tells_what_happened_and_repeats_once(agent: Client, tanaka: User) -> None:
    endpoint = save_endpoint()
    values = {"client_vpn_endpoint_id": endpoint.endpoint_id, "username": tanaka.username}
    reason = "client-connect-failed"
    keep(failed(number, at=stamp(number), reason=reason, **values) for number in (1, 2, 3))
    url = f"/helpdesk/{tanaka.username}/"
    agent.post(url, {"reason": "INC-1"})
    page = agent.get(url).content.decode()
    assert page.count("Failed to connect to tokyo-main") == 1
    assert "(3 times)" in page


def test_nobody_browses_the_company(agent: Client) -> None:
    people = [
        User(username=f"p{number}@example.co.jp", name=f"Person {number}", roles=["employee"])
        for number in range(PEOPLE_AN_HOUR + 1)
    ]
    User.objects.bulk_create(people)
    statuses = [agent.post(f"/helpdesk/{user.username}/", {"reason": "x"}).status_code for user in people]
    assert statuses == [302] * PEOPLE_AN_HOUR + [429]


def test_whom_nobody_knows_is_not_there(agent: Client) -> None:
    assert agent.get("/helpdesk/nobody@example.co.jp/").status_code == 404


def test_whose_name_differs_in_case_is_nobody_whom_the_log_or_aws_or_the_directory_knows(
    agent: Client,
) -> None:
    ConnectionUser.objects.create(username="u-abc")
    save_connection(save_endpoint(), "v-abc")
    directory = Directory.objects.create(identity_store_id="d-1")
    for number, username in enumerate(("w-abc", "w-ABC")):
        DirectoryUser.objects.create(directory=directory, user_id=f"u{number}", username=username)
    for username, status in {"u-abc": 200, "u-ABC": 404, "v-abc": 200, "v-ABC": 404, "W-abc": 404}.items():
        assert agent.get(f"/helpdesk/{username}/").status_code == status, username
    User.objects.create(username="u-abc", roles=["employee"])
    assert agent.get("/helpdesk/u-ABC/").status_code == 200
    # Both are in the directory too.
    User.objects.create(username="w-abc", roles=["employee"])
    User.objects.create(username="w-ABC", roles=["employee"])
    assert sorted(re.findall(r"/helpdesk/(w-\w+)/", found(agent, "w-abc"))) == ["w-ABC", "w-abc"]


def test_employees_and_auditors_have_no_helpdesk(tanaka: User, suzuki: User, signed_in: SignedIn) -> None:
    for user in (tanaka, suzuki):
        client = signed_in(user)
        for path in ("/helpdesk/", "/helpdesk/-/results/?q=a", f"/helpdesk/{tanaka.username}/"):
            assert client.get(path).status_code == 403


def test_who_never_signed_in_is_found_by_the_directory(agent: Client) -> None:
    directory = Directory.objects.create(identity_store_id="d-1")
    DirectoryUser.objects.create(
        directory=directory, user_id="u1", username="hana", email="h.kato@example.co.jp", name="加藤 花"
    )
    assert "h.kato@example.co.jp" in found(agent, "加藤花")
    assert agent.get("/helpdesk/h.kato@example.co.jp/").status_code == 200


def test_a_script_gets_the_diagnosis_with_a_reason(tanaka: User, takahashi: User) -> None:
    save_endpoint()
    script = Client(headers={"authorization": f"Bearer {token_of(takahashi)}"})

    def ask(**body: str) -> Any:
        return script.post("/api/helpdesk/diagnosis/", json.dumps(body), content_type="application/json")

    assert ask(username=tanaka.username, reason=" ").status_code == 400
    assert ask(username="nobody@example.co.jp", reason="INC-1").status_code == 404
    answer = ask(username=tanaka.username.upper(), reason="INC-1").json()
    assert (answer["username"], answer["cause"]["id"]) == (tanaka.username, "no-profile")
    assert len(answer["layers"]) == 10
    assert AuditEvent.objects.get(tag=Tag.HELPDESK_PERSON_OPENED).people == [tanaka.username]


@pytest.mark.parametrize("username", ["%00", "a%0Ab", "..%2F..", "a/b", "x" * 300])
def test_odd_names_are_nobody(agent: Client, username: str) -> None:
    assert agent.get(f"/helpdesk/{username}/").status_code == 404


def test_a_code_counts_as_an_opening(agent: Client, tanaka: User, sato: User) -> None:
    people = [
        User(username=f"p{number}@example.co.jp", roles=["employee"]) for number in range(PEOPLE_AN_HOUR)
    ]
    User.objects.bulk_create(people)
    for user in people:
        record(Tag.HELPDESK_PERSON_OPENED, actor=sato, target=targets.person(user.username))
    code = make_code(tanaka, {})
    assert agent.post("/helpdesk/-/code/", {"code": code}).status_code == 429
    # It wasn't used up by that.
    assert open_code(code, agent=sato) is not None


def test_the_code_of_a_refusal_finds_the_person(agent: Client, tanaka: User) -> None:
    ConnectAttempt.objects.create(
        connection_id=connection_id(1),
        at=timezone.now(),
        username=tanaka.username,
        decision="deny",
        support_code="1A2B-3C4D",
    )
    for typed in ("1A2B-3C4D", "1a2b3c4d"):
        assert tanaka.username in found(agent, typed)
