"""A search in CloudWatch Logs, from the form to the rows, against the sandbox's AWS."""

import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.aws.control import Control
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import keep, started
from tests.vpn.connection_log.stored_log import GROUP, read_log
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.search.conditions import ConnectionSearch
from vpn.endpoints.models import Endpoint
from vpn.log_insights import execution, results, tasks
from vpn.log_insights.models import LogQuery, LogQueryPart, LogQueryRow, LogQueryState

Ask = Callable[..., LogQuery]
TANAKA, SATO = "m.tanaka@example.co.jp", "k.sato@example.co.jp"
# The log is kept from test to test, so each has a past of its own.
DAYS = itertools.count(60)


@pytest.fixture
def auditor(suzuki: User, signed_in: SignedIn) -> Client:
    return signed_in(suzuki)


@pytest.fixture
def long_ago() -> datetime:
    return timezone.localtime() - timedelta(days=next(DAYS))


@pytest.fixture
def a_past(synced: Any, control: Control, long_ago: datetime) -> None:
    """Two people, two months ago: one connected for an hour, one was refused."""
    at = long_ago.timestamp()
    endpoint = Endpoint.objects.get(label="tokyo-main")
    device = {"device_ip": "198.51.100.27", "device_type": "win"}
    actions = [
        {"at": at, "do": "connect", "key": "a", "username": TANAKA, **device},
        {
            "at": at + 600,
            "do": "fail",
            "key": "b",
            "username": SATO,
            "reason": "client-connect-failed",
            **device,
        },
        {
            "at": at + 3000,
            "do": "count",
            "key": "a",
            "counters": {"ingress_bytes": 1000, "egress_bytes": 2000},
        },
        {"at": at + 3600, "do": "disconnect", "key": "a"},
    ]
    control.replay(
        account=TOKYO.account, region=TOKYO.region, endpoint_id=endpoint.endpoint_id, actions=actions
    )


@pytest.fixture
def conditions(long_ago: datetime) -> dict[str, str]:
    return {
        "since": f"{long_ago - timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "until": f"{long_ago + timedelta(hours=2):%Y-%m-%dT%H:%M}",
    }


@pytest.fixture
def ask(auditor: Client, conditions: dict[str, str]) -> Ask:
    """``ask(q="tanaka")``: the search that was begun by it."""

    def begin(**more: str) -> LogQuery:
        answer = auditor.post("/connections/beyond/", conditions | more)
        assert answer.status_code == 302, unescape(answer.content.decode())
        return LogQuery.objects.get(pk=int(answer["Location"].rstrip("/").rpartition("/")[2]))

    return begin


def states(query: LogQuery) -> set[str]:
    return set(query.parts.values_list("state", flat=True))


def work(query: LogQuery) -> set[str]:
    """What the worker does, until nothing is left to do."""
    for part in query.parts.all():
        tasks.start(part.pk)
    for _ in range(200):
        for part in query.parts.filter(state=LogQueryState.RUNNING):
            tasks.follow(part.pk)
        if LogQueryState.RUNNING not in states(query):
            break
    return states(query)


def people(client: Client, query: LogQuery) -> list[str]:
    page = client.get(f"/connections/beyond/{query.pk}/").content.decode()
    table = page.partition("<tbody>")[2]
    return re.findall(r"[\w.]+@example\.co\.jp", table)


@pytest.mark.usefixtures("a_past")
def test_it_finds_connections_of_long_ago(auditor: Client, ask: Ask) -> None:
    query = ask()
    assert work(query) == {LogQueryState.COMPLETE}
    page = auditor.get(f"/connections/beyond/{query.pk}/").content.decode()
    assert people(auditor, query) == [SATO, TANAKA]
    assert "1 h" in page
    assert "Your company&#x27;s connection policy refused it" in page
    assert "hx-trigger" not in page
    row = LogQueryRow.objects.get(fields__username=TANAKA)
    assert (row.fields["status"], row.fields["ingress_bytes"], len(row.raw)) == ("ended", 1000, 2)


@pytest.mark.parametrize(
    ("asked", "usernames"),
    [
        ({"q": "tanaka"}, [TANAKA]),
        ({"status": "failed"}, [SATO]),
        ({"reason": "client-connect-failed"}, [SATO]),
        ({"source": "198.51.100.0/24", "longer": "30m"}, [TANAKA]),
        ({"q": "nobody"}, []),
        ({"q": "' or 1=1 | limit 0"}, []),
    ],
)
@pytest.mark.usefixtures("a_past")
def test_the_form_is_that_of_the_search(
    auditor: Client, asked: dict[str, str], usernames: list[str], ask: Ask
) -> None:
    query = ask(**asked)
    assert work(query) == {LogQueryState.COMPLETE}
    assert people(auditor, query) == usernames


@pytest.mark.usefixtures("a_past")
def test_the_page_says_what_it_costs_and_how_much_was_read(auditor: Client, settings: Any, ask: Ask) -> None:
    settings.LOG_QUERY_PRICE = "0.0076 USD"
    assert "0.0076 USD for each GB" in auditor.get("/connections/beyond/").content.decode()
    query = ask()
    work(query)
    assert sum(query.parts.values_list("bytes_scanned", flat=True)) > 1000
    assert re.search(
        r"<dd>[\d.]+ KB \(0.0076 USD", auditor.get(f"/connections/beyond/{query.pk}/").content.decode()
    )


@pytest.mark.usefixtures("a_past")
def test_the_result_counts_connections_and_says_where_the_portal_has_more(
    auditor: Client, long_ago: datetime, ask: Ask
) -> None:
    query = ask()
    work(query)
    url = f"/connections/beyond/{query.pk}/"
    page = auditor.get(url).content.decode()
    assert "<dt>Connections and attempts</dt><dd>2</dd>" in page
    assert "CloudWatch Logs has less than the portal." not in page
    at = f"{long_ago.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    times = {"connection_start_time": at, "connection_last_update_time": at}
    keep([started(number, **times) for number in range(1, 4)])
    page = unescape(auditor.get(url).content.decode())
    assert "the portal itself stores 3 connections and attempts." in page


def test_it_begins_with_what_the_portal_does_not_have(auditor: Client) -> None:
    save_endpoint()
    read_log()
    Endpoint.objects.update(first_seen_at=datetime(2026, 11, 20, tzinfo=UTC), log_group=GROUP)
    page = unescape(auditor.get("/connections/beyond/").content.decode())
    assert 'value="2026-10-21T09:00"' in page
    assert 'value="2026-11-20T09:00"' in page
    assert "The log is stored from 2026-11-20 09:00:00" in page


@pytest.mark.usefixtures("a_past")
def test_past_searches_are_told_in_words(auditor: Client, ask: Ask, conditions: dict[str, str]) -> None:
    ask(q="user:tanaka", status="failed")
    page = unescape(auditor.get("/connections/beyond/").content.decode())
    since, until = (f"{conditions[name].replace('T', ' ')}:00" for name in ("since", "until"))
    assert f"<p>tanaka, Status: Failed, {since} to {until}</p>" in page


@pytest.mark.usefixtures("a_past")
def test_who_asked_for_what_is_recorded(auditor: Client, suzuki: User, ask: Ask) -> None:
    query = ask(q="tanaka")
    [event] = AuditEvent.objects.filter(tag="log-query:started")
    assert (event.actor, event.target) == (suzuki.username, f"log-query:{query.pk}")
    assert event.details["conditions"]["q"] == "user:tanaka"
    work(query)
    people(auditor, query)
    assert AuditEvent.objects.filter(tag="connections:searched").count() == 1


@pytest.mark.usefixtures("a_past")
@pytest.mark.parametrize("page", ["", "export/"])
def test_whoever_sees_that_nothing_was_found_is_recorded(
    auditor: Client, takahashi: User, signed_in: SignedIn, ask: Ask, page: str
) -> None:
    query = ask(q="nobody")
    work(query)
    signed_in(takahashi).get(f"/connections/beyond/{query.pk}/{page}")
    event = AuditEvent.objects.get(tag="connections:searched")
    assert (event.actor, event.details["conditions"]["q"]) == (takahashi.username, "user:nobody")


@pytest.mark.usefixtures("a_past")
def test_while_it_is_under_way_the_page_asks_again(auditor: Client, ask: Ask) -> None:
    query = ask()
    where = f"/connections/beyond/{query.pk}/"
    assert 'data-refresh="3"' in auditor.get(where).content.decode()
    work(query)
    fragment = auditor.get(where, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "data-refresh" not in fragment


@pytest.mark.usefixtures("a_past")
def test_a_search_is_started_once_however_often_the_task_runs(
    auditor: Client, control: Control, ask: Ask
) -> None:
    query = ask()
    part = query.parts.first()
    assert part is not None
    before = [call for call in control.calls() if call["action"] == "StartQuery"]
    for _ in range(3):
        tasks.start(part.pk)
    execution.start(LogQueryPart.objects.get(pk=part.pk))
    after = [call for call in control.calls() if call["action"] == "StartQuery"]
    assert len(after) == len(before) + 1


@pytest.mark.usefixtures("a_past")
def test_a_task_that_comes_twice_keeps_the_rows_once(auditor: Client, ask: Ask) -> None:
    query = ask()
    for part in query.parts.all():
        tasks.start(part.pk)
    stale = list(LogQueryPart.objects.select_related("query", "account").filter(query=query))
    work(query)
    for part in stale:
        execution.poll(part)
    assert LogQueryRow.objects.count() == 2


@pytest.mark.usefixtures("a_past")
def test_it_can_be_cancelled_and_aws_is_told(auditor: Client, control: Control, ask: Ask) -> None:
    query = ask()
    for part in query.parts.all():
        tasks.start(part.pk)
    page = auditor.post(f"/connections/beyond/{query.pk}/cancel/", follow=True).content.decode()
    assert "The search was cancelled." in page
    assert states(query) == {LogQueryState.CANCELLED}
    for part in query.parts.all():
        tasks.stop(part.pk)
        tasks.follow(part.pk)
    assert "StopQuery" in {call["action"] for call in control.calls()}
    assert states(query) == {LogQueryState.CANCELLED}
    assert AuditEvent.objects.filter(tag="log-query:cancelled").count() == 1
    auditor.post(f"/connections/beyond/{query.pk}/cancel/")
    assert AuditEvent.objects.filter(tag="log-query:cancelled").count() == 1


@pytest.mark.usefixtures("a_past")
def test_one_that_is_cancelled_before_it_began_asks_aws_nothing(
    auditor: Client, control: Control, ask: Ask
) -> None:
    query = ask()
    auditor.post(f"/connections/beyond/{query.pk}/cancel/")
    before = len([call for call in control.calls() if call["action"] == "StartQuery"])
    assert work(query) == {LogQueryState.CANCELLED}
    assert len([call for call in control.calls() if call["action"] == "StartQuery"]) == before


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "the portal&#x27;s role lacks a permission"),
        ("ResourceNotFoundException", "AWS no longer knows it."),
        ("LimitExceededException", "AWS refused the call."),
    ],
)
@pytest.mark.usefixtures("a_past", "hurried")
def test_what_aws_refuses_is_said(auditor: Client, control: Control, code: str, words: str, ask: Ask) -> None:
    query = ask(endpoint=Endpoint.objects.get(label="tokyo-main").endpoint_id)
    control.fail("StartQuery", code)
    assert work(query) == {LogQueryState.FAILED}
    page = auditor.get(f"/connections/beyond/{query.pk}/").content.decode()
    assert words in page
    assert code in page


@pytest.mark.usefixtures("a_past", "hurried")
def test_a_look_that_fails_for_now_is_taken_again(auditor: Client, control: Control, ask: Ask) -> None:
    query = ask(endpoint=Endpoint.objects.get(label="tokyo-main").endpoint_id)
    [part] = query.parts.all()
    tasks.start(part.pk)
    control.fail("GetQueryResults", "ThrottlingException")
    tasks.follow(part.pk)
    assert states(query) == {LogQueryState.RUNNING}
    control.heal()
    assert work(query) == {LogQueryState.COMPLETE}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"state": LogQueryState.STARTING, "claimed_at": timezone.now() - timedelta(minutes=6)},
            "log-query-lost",
        ),
        ({"state": LogQueryState.RUNNING}, ""),
    ],
)
def test_what_a_dead_worker_left_behind_is_closed(
    auditor: Client, change: dict[str, Any], error: str, ask: Ask
) -> None:
    save_endpoint(log_group="/genkan/log")
    query = ask()
    LogQueryPart.objects.update(**change)
    execution.close_overdue()
    assert query.parts.get().error_id == error
    LogQuery.objects.update(requested_at=timezone.now() - timedelta(minutes=71))
    execution.close_overdue()
    assert query.parts.get().error_id == error or query.parts.get().error_id == "log-query-overdue"
    assert states(query) == {LogQueryState.FAILED}


def test_results_are_forgotten_after_a_week(auditor: Client, ask: Ask) -> None:
    save_endpoint(log_group="/genkan/log")
    query = ask()
    LogQuery.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    execution.close_overdue()
    assert auditor.get(f"/connections/beyond/{query.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"source": "here"}, "Enter an IP address"),
        ({"since": "2020-01-01T00:00", "until": "2022-01-01T00:00"}, "Ask for 400 days at most."),
        ({"q": "! " * 249}, "This is too much at once."),
    ],
)
def test_bad_input_is_said_and_asks_nothing(
    auditor: Client, asked: dict[str, str], words: str, conditions: dict[str, str]
) -> None:
    save_endpoint(log_group="/genkan/log")
    answer = auditor.post("/connections/beyond/", conditions | asked)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not LogQuery.objects.exists()


def test_without_a_log_there_is_nothing_to_ask(auditor: Client, conditions: dict[str, str]) -> None:
    save_endpoint()
    answer = auditor.post("/connections/beyond/", conditions)
    assert "writes a connection log" in answer.content.decode()


def test_five_are_enough_at_once(auditor: Client, ask: Ask, conditions: dict[str, str]) -> None:
    save_endpoint(log_group="/genkan/log")
    for _ in range(5):
        ask()
    answer = auditor.post("/connections/beyond/", conditions)
    assert "Five such searches are under way" in answer.content.decode()


def test_the_search_page_offers_it_where_the_range_is_older_than_what_is_kept(auditor: Client) -> None:
    save_endpoint(log_group="/vpn/tokyo")
    keep([started(1)])
    query = "since=2020-01-01T00:00&until=2020-02-01T00:00&status=failed"
    page = unescape(auditor.get(f"/connections/?{query}").content.decode())
    assert "/connections/beyond/?since=2020-01-01T00:00&until=2020-02-01T00:00&status=failed" in page.replace(
        "%3A", ":"
    )
    assert 'value="2020-01-01T00:00"' in auditor.get(f"/connections/beyond/?{query}").content.decode()


def test_pages_of_results_hold_fifty(auditor: Client, ask: Ask) -> None:
    save_endpoint(log_group="/genkan/log")
    query = ask()
    part = query.parts.get()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [
        started(
            number,
            connection_start_time=f"{at + timedelta(minutes=number):%Y-%m-%d %H:%M:%S}",
            connection_last_update_time=f"{at + timedelta(minutes=number):%Y-%m-%d %H:%M:%S}",
        )
        for number in range(60)
    ]
    results.save_result(part, ConnectionSearch(at, at + timedelta(days=1)), [*lines, "not JSON"])
    page = auditor.get(f"/connections/beyond/{query.pk}/").content.decode()
    assert page.count("<tr") == 51
    assert "1 log lines could not be read" in page
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older
    assert auditor.get(unescape(older[1])).content.decode().count("<tr") == 11
