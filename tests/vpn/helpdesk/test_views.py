"""From the search box to the sentence that is read out; and what nobody may see without a reason."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
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
from vpn.endpoints.models import Endpoint
from vpn.findings import many_opened
from vpn.help.codes import make_code, open_code
from vpn.helpdesk.failed_requests import delete_old_failed_requests
from vpn.helpdesk.models import FailedRequest
from vpn.helpdesk.opening import PEOPLE_AN_HOUR
from vpn.helpdesk.seen_names import NAMES_AN_HOUR
from vpn.profiles.models import ProfileDownload

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
    for query in ("", " ", "a", "%", "@", "m.", "ta", "a m", "@e"):
        assert tanaka.username not in found(agent, query)


def test_a_page_opens_with_a_reason_only_and_is_recorded(agent: Client, tanaka: User, sato: User) -> None:
    save_endpoint()
    url = f"/helpdesk/{tanaka.username}/"
    closed = agent.get(url).content.decode()
    assert "Ticket number or reason" in closed
    # What the person is called is counted by the search alone.
    assert tanaka.name not in closed
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


def test_opening_a_person_waits_for_the_agents_other_openings(
    agent: Client, tanaka: User, sato: User
) -> None:
    with CaptureQueriesContext(connection) as queries:
        agent.post(f"/helpdesk/{tanaka.username}/", {"reason": "x"})
    locks = [
        query["sql"] for query in queries if "FOR UPDATE" in query["sql"] and "access_user" in query["sql"]
    ]
    assert len(locks) == 1


def test_nobody_reads_the_directory_letter_by_letter(agent: Client, sato: User) -> None:
    User.objects.bulk_create(
        User(username=f"abc{number:03}@example.co.jp", name=f"Person {number:03}", roles=["employee"])
        for number in range(500)
    )
    # Eight of ten are shown each time.
    pages = [found(agent, f"abc{beginning:02}") for beginning in range(NAMES_AN_HOUR // 8 + 2)]
    assert "abc007@example.co.jp" in pages[0]
    assert "@example.co.jp" not in pages[-1]
    event = AuditEvent.objects.get(tag=Tag.HELPDESK_MANY_NAMES)
    assert event.actor == sato.username
    [finding] = many_opened.detect(timezone.now())
    assert finding.subject == sato.username


def test_an_agent_who_opens_many_people_is_found(sato: User) -> None:
    for number in range(many_opened.MANY):
        assert many_opened.detect(timezone.now()) == []
        record(Tag.HELPDESK_PERSON_OPENED, actor=sato, target=targets.person(f"p{number}@example.co.jp"))
    [finding] = many_opened.detect(timezone.now())
    assert (finding.subject, finding.evidence["people"]) == (sato.username, many_opened.MANY)


def test_the_number_of_an_error_page_finds_who_saw_it(
    agent: Client, tanaka: User, signed_in: SignedIn
) -> None:
    reference = signed_in(tanaka).get("/no-such-page/?q=secret")["X-Request-ID"]
    assert tanaka.username in found(agent, reference)
    assert FailedRequest.objects.get(reference=reference).path == "/no-such-page/"
    agent.post(f"/helpdesk/{tanaka.username}/", {"reason": "INC-1"})
    assert reference in agent.get(f"/helpdesk/{tanaka.username}/").content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert delete_old_failed_requests() == 1


def test_an_error_page_of_somebody_unknown_leaves_nothing(client: Client) -> None:
    assert client.get("/help/no-such-page/").status_code in {302, 404}
    assert not FailedRequest.objects.exists()


def test_the_story_has_attempts_that_only_the_handler_logged(agent: Client, tanaka: User) -> None:
    endpoint = save_endpoint()
    ConnectAttempt.objects.create(
        connection_id=connection_id(5),
        endpoint_id=endpoint.endpoint_id,
        at=timezone.now() - timedelta(days=2),
        username=tanaka.username.upper(),
        decision="deny",
        reason="deny-list-unreadable",
    )
    agent.post(f"/helpdesk/{tanaka.username}/", {"reason": "INC-1"})
    page = agent.get(f"/helpdesk/{tanaka.username}/").content.decode()
    assert "The connect handler was asked about tokyo-main" in page


def test_what_the_person_sees_makes_the_diagnosis(agent: Client, tanaka: User) -> None:
    endpoint = save_endpoint()
    values = {"configuration_hash": endpoint.configuration_hash, "downloaded_at": timezone.now()}
    ProfileDownload.objects.create(user=tanaka, endpoint=endpoint, **values)
    url = f"/helpdesk/{tanaka.username}/"
    agent.post(url, {"reason": "INC-1"})
    assert "No cause found" in agent.get(url).content.decode()
    assert (
        "The clock of the person&#x27;s computer is wrong" in agent.get(f"{url}?sees=clock").content.decode()
    )
    assert agent.get(f"{url}?sees=nonsense").status_code == 200


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
    assert ask(username=tanaka.username, reason="INC-1", sees="nonsense").status_code == 400
    ProfileDownload.objects.create(
        user=tanaka,
        endpoint=Endpoint.objects.get(),
        configuration_hash=Endpoint.objects.get().configuration_hash,
        downloaded_at=timezone.now(),
    )
    assert ask(username=tanaka.username, reason="INC-1", sees="clock").json()["cause"]["id"] == "clock-wrong"


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
