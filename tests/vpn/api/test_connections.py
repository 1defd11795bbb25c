"""Connections for scripts: the search of the page, page by page, and what is recorded of it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.access.permissions import Permission
from portal.audit.models import AuditEvent
from tests.vpn.api.conftest import Script, token_of
from tests.vpn.connection_log.log_lines import (
    assertion_received,
    connection_id,
    ended,
    failed,
    keep,
    started,
    waiting,
)
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.connection_export.columns import COLUMNS

RANGE = "since=2026-11-20T00:00&until=2026-11-21T00:00"
URL = f"/api/connections/?{RANGE}"


@pytest.fixture
def some_connections(db: None) -> None:
    keep(
        [
            started(1),
            ended(1),
            started(2, connection_start_time="2026-11-20 03:00:00", username="sato@example.co.jp"),
            failed(3, at="2026-11-20 04:00:00"),
            waiting(4, at="2026-11-20 05:00:00", device_ip="203.0.113.7"),
        ]
    )


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [expected["connection_id"] for expected in answer.json()["connections"]]


def ids(*expected: int) -> list[str]:
    return [connection_id(number) for number in expected]


def test_the_ranges_of_the_page_are_taken(script: Script) -> None:
    at = f"{timezone.now() - timedelta(days=20):%F %T}"
    keep([started(1, connection_start_time=at, connection_last_update_time=at)])
    assert numbers(script("/api/connections/?q=tanaka")) == []
    assert numbers(script("/api/connections/?q=tanaka&range=month")) == ids(1)


@pytest.mark.usefixtures("some_connections")
def test_a_connection_has_the_members_that_the_export_has(script: Script) -> None:
    answer = script(URL).json()
    assert [set(expected) for expected in answer["connections"]] == [{column.id for column in COLUMNS}] * 4
    assert answer["next"] is None
    last = answer["connections"][-1]
    assert (last["status"], last["duration_seconds"], last["started_at"]) == (
        "ended",
        5400,
        "2026-11-20T01:00:00Z",
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (4, 3, 2, 1)),
        ("&status=failed", (4, 3)),
        ("&q=sato", (2,)),
        ("&q=203.0.113.7", (4,)),
        ("&source=203.0.113.0/24", (4,)),
        ("&client=10.8.0.0/16&longer=1h", (1,)),
    ],
)
@pytest.mark.usefixtures("some_connections")
def test_it_finds_what_the_page_finds(script: Script, query: str, expected: tuple[int, ...]) -> None:
    assert numbers(script(URL + query)) == ids(*expected)


@pytest.mark.usefixtures("some_connections")
def test_moments_with_an_offset_are_understood(script: Script) -> None:
    query = "since=2026-11-20T03:30:00Z&until=2026-11-20T13:30:00%2B09:00"
    assert numbers(script(f"/api/connections/?{query}")) == ids(3)


@pytest.mark.usefixtures("some_connections")
def test_next_leads_through_all_of_them_once(script: Script) -> None:
    url, seen = URL + "&limit=1", []
    while url:
        answer = script(url)
        seen += numbers(answer)
        following = answer.json()["next"]
        assert following is None or following.startswith("https://vpn.example.com/api/connections/?")
        url = urlsplit(following)._replace(scheme="", netloc="").geturl() if following else ""
    assert seen == ids(4, 3, 2, 1)


@pytest.mark.usefixtures("some_connections")
def test_reading_on_is_recorded_once_for_the_whole_query(script: Script, takahashi: User) -> None:
    following = script(URL + "&limit=1&status=failed").json()["next"]
    script(following.removeprefix("https://vpn.example.com"))
    [event] = AuditEvent.objects.filter(tag="connections:searched")
    assert event.actor == takahashi.username
    assert event.details == {
        "token": "script",
        "conditions": {"since": "2026-11-20T00:00", "until": "2026-11-21T00:00", "status": "failed"},
    }


@pytest.mark.usefixtures("some_connections")
def test_a_cursor_is_good_for_its_query_and_its_token_only(script: Script, suzuki: User) -> None:
    following = script(URL + "&limit=1").json()["next"].removeprefix("https://vpn.example.com")
    others = {"authorization": f"Bearer {token_of(suzuki)}"}
    for refused in (
        script(following.replace("limit=1", "limit=2")),
        script(following + "&status=failed"),
        script(following[:-1]),
        script(URL + "&limit=1&cursor=x"),
        Client().get(following, headers=others),
    ):
        assert (refused.status_code, refused.json()["id"]) == (400, "cursor-invalid")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("source=here", "source"),
        ("since=2026-11-21T00:00&until=2026-11-20T00:00", "until"),
        ("status=x", "status"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("longer=long", "longer"),
        ("since=yesterday", "since"),
    ],
)
def test_it_says_which_parameter_is_wrong(script: Script, query: str, name: str) -> None:
    problem = script(f"/api/connections/?{query}").json()
    assert (problem["status"], problem["id"], list(problem["errors"])) == (400, "query-invalid", [name])
    assert not AuditEvent.objects.filter(tag="connections:searched").exists()


@pytest.mark.usefixtures("some_connections")
def test_one_connection_comes_with_what_aws_wrote(script: Script, takahashi: User) -> None:
    body = script(f"/api/connections/{connection_id(1)}/").json()
    assert body["connection_id"] == connection_id(1)
    assert [event["at"] for event in body["events"]] == ["2026-11-20T01:00:00Z", "2026-11-20T02:30:00Z"]
    assert '"connection-log-type": "connection-attempt"' in body["events"][0]["raw"]
    [event] = AuditEvent.objects.filter(tag="connection:viewed")
    assert (event.actor, event.target, event.details) == (
        takahashi.username,
        "tanaka@example.co.jp",
        {"token": "script", "connection": connection_id(1)},
    )


def test_a_sign_in_is_answered_with_what_it_led_to(script: Script) -> None:
    keep([waiting(1, at="2026-11-20 00:59:00"), started(2), ended(2)])
    answer = script(f"/api/connections/{connection_id(1)}/").json()
    assert (answer["connection_id"], answer["status"], len(answer["events"])) == (
        connection_id(2),
        "ended",
        2,
    )
    assert AuditEvent.objects.get(tag="connection:viewed").details["connection"] == connection_id(2)


def test_a_sign_in_among_others_from_one_address_is_answered_with_itself(script: Script) -> None:
    keep([assertion_received(number, at=f"2026-11-20 00:58:0{number}") for number in (1, 2)])
    keep([started(3), started(4)])
    answer = script(f"/api/connections/{connection_id(1)}/").json()
    assert (answer["connection_id"], answer["status"], answer["username"]) == (
        connection_id(1),
        "sign-in",
        None,
    )


@pytest.mark.parametrize("unknown_id", ["cvpn-connection-0", "x", "%00"])
def test_an_unknown_connection_is_not_found(script: Script, unknown_id: str) -> None:
    answer = script(f"/api/connections/{unknown_id}/")
    assert (answer.status_code, answer.json()["id"]) == (404, "not-found")


def test_who_is_connected_now_has_the_name_and_address_of_the_log(script: Script) -> None:
    endpoint = save_endpoint()
    now = timezone.now().astimezone(tz=None).strftime("%Y-%m-%d %H:%M:%S")
    live = save_connection(endpoint, "", connection_id=connection_id(1))
    keep([started(1, connection_start_time=now, connection_last_update_time=now)])
    [body] = script("/api/connections/live/").json()["connections"]
    assert (body["connection_id"], body["username"], body["device_ip"]) == (
        live.connection_id,
        "tanaka@example.co.jp",
        "198.51.100.27",
    )


def test_who_is_connected_now_is_known_without_the_log_too(script: Script) -> None:
    save_connection(save_endpoint(), "sato@example.co.jp")
    [body] = script("/api/connections/live/").json()["connections"]
    assert (body["username"], body["device_ip"]) == ("sato@example.co.jp", None)


@pytest.mark.usefixtures("some_connections")
def test_an_open_connection_of_long_ago_counts_as_ended(script: Script) -> None:
    [body] = script(URL + "&q=sato").json()["connections"]
    assert (body["status"], body["ended_at"], body["duration_seconds"]) == ("ended", None, None)


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("/api/connections/", Permission.CONNECTION_READ),
        ("/api/connections/live/", Permission.CONNECTION_READ),
        ("/api/connections/x/", Permission.CONNECTION_READ),
        ("/api/summary/", Permission.CONNECTION_READ),
        ("/api/connections/export.csv", Permission.CONNECTION_EXPORT),
        ("/api/connections/export.ndjson", Permission.CONNECTION_EXPORT),
    ],
)
def test_it_takes_the_scope_for_it(suzuki: User, path: str, needs: Permission) -> None:
    headers = {"authorization": f"Bearer {token_of(suzuki, Permission.EGRESS_READ)}"}
    answer = Client().get(path, headers=headers)
    assert (answer.status_code, answer.json()["permission"]) == (403, needs.value)


def test_the_summary_has_days_endpoints_and_people(script: Script) -> None:
    answer = script("/api/summary/?range=30d").json()
    assert (timezone.localdate() - timedelta(days=29)).isoformat() == answer["first"]
    assert (answer["people"], answer["days"], answer["endpoints"]) == (0, [], [])
    assert script("/api/summary/?range=never").json()["id"] == "query-invalid"
    assert AuditEvent.objects.filter(tag="connections:searched", target="summary").count() == 1
