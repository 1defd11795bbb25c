"""The search page: what it shows, whom it lets in, what it records, and what it says when it can't answer."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import connection_id, ended, failed, keep, started, waiting
from tests.vpn.connection_log.stored_log import moment, read_log
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint

pytestmark = pytest.mark.django_db

WEEK = "since=2026-11-17T00:00&until=2026-11-24T00:00"


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def ids(text: str) -> list[int]:
    """Of the connections in the table, from above."""
    return [
        int(number, 16) for number in re.findall(r'href="/connections/cvpn-connection-([0-9a-f]+)/"', text)
    ]


@pytest.fixture
def some() -> None:
    keep(
        [
            started(1),
            ended(1),
            failed(2, at="2026-11-20 04:00:00", username="l.obrien@example.co.jp", device_type="mac"),
            waiting(3, at="2026-11-20 05:00:00", device_ip="203.0.113.77"),
        ]
    )


@pytest.mark.usefixtures("some")
def test_it_shows_who_connected_and_why_not(suzuki: User, signed_in: SignedIn) -> None:
    User.objects.create(username="L.OBrien@example.co.jp", name="Liam O'Brien")
    text = read(signed_in(suzuki), f"/connections/?{WEEK}")
    assert ids(text) == [3, 2, 1]
    for words in (
        "Liam O'Brien",
        "l.obrien@example.co.jp",
        "This computer or account is not allowed to connect",
        "Sign-in in the browser wasn't finished",
        "2026-11-20 13:00:00",
        "198.51.100.27",
        "1 h 30 min",
        "2.9 KB",
        "The newest 3 of 3",
    ):
        assert words in text
    assert "接続時間" not in text


@pytest.mark.usefixtures("some")
def test_the_filters_show_their_counts(suzuki: User, signed_in: SignedIn) -> None:
    text = re.sub(r"\s+", " ", read(signed_in(suzuki), f"/connections/?{WEEK}"))
    for label, count in (("All", 3), ("Connected", 0), ("Ended", 1), ("Failed", 2)):
        assert f">{label} <strong>{count}</strong></a>" in text
    assert re.search(r"reason=authorization-policy-deny[^>]*>This computer or account is not allowed", text)
    text = read(signed_in(suzuki), f"/connections/?{WEEK}&status=failed")
    assert ids(text) == [3, 2]
    assert re.search(r'status=failed"[^>]*aria-current="true">Failed', text)


@pytest.mark.usefixtures("some")
def test_every_bar_leads_to_its_own_rows(suzuki: User, signed_in: SignedIn) -> None:
    text = read(signed_in(suzuki), f"/connections/?{WEEK}")
    bars = re.findall(r'<td data-label="Time"><a href="([^"]+)">', text)
    assert len(bars) == 2
    numbers = [ids(read(signed_in(suzuki), url)) for url in bars]
    assert numbers == [[1], [3, 2]]


def test_names_and_addresses_lead_to_searches(suzuki: User, signed_in: SignedIn) -> None:
    keep(
        [started(1), started(2, username="other@example.co.jp", device_ip="192.0.2.1", client_ip="10.8.0.9")]
    )
    text = read(signed_in(suzuki), f"/connections/?{WEEK}&status=ended")
    links = re.findall(r'class="quiet" href="([^"]+)"', text)
    assert len(links) == 6
    assert [ids(read(signed_in(suzuki), link)) for link in links] == [[2], [2], [2], [1], [1], [1]]


def test_they_keep_the_range_that_was_searched(suzuki: User, signed_in: SignedIn) -> None:
    keep([started(1, connection_start_time="2026-03-02 01:00:00")])
    text = read(signed_in(suzuki), "/connections/?since=2026-03-01T00:00&until=2026-04-01T00:00")
    links = re.findall(r'class="quiet" href="([^"]+)"', text)
    assert [ids(read(signed_in(suzuki), link)) for link in links] == [[1], [1], [1]]


@pytest.mark.usefixtures("some")
def test_a_row_says_when_it_ended(suzuki: User, signed_in: SignedIn) -> None:
    keep(
        [
            started(4, connection_start_time="2026-11-20 14:00:00"),
            ended(4, at="2026-11-20 16:30:00", connection_start_time="2026-11-20 14:00:00"),
        ]
    )
    shown = re.findall(
        r'class="until">– <time[^>]*>([^<]+)', read(signed_in(suzuki), f"/connections/?{WEEK}")
    )
    assert shown == ["2026-11-21 01:30:00", "11:30:00"]


@pytest.mark.usefixtures("some")
def test_a_range_is_one_press_and_the_rest_stays(suzuki: User, signed_in: SignedIn) -> None:
    text = read(signed_in(suzuki), f"/connections/?{WEEK}&q=tanaka&range=all")
    for value in ("hour", "day", "night", "week", "month", "all"):
        assert f'name="range" value="{value}"' in text
    assert ids(text) == [1]
    since = re.search(r'name="since" value="([^"]+)"', text)
    assert since
    assert since[1] == f"{timezone.localtime() - timedelta(days=399):%Y-%m-%dT00:00}"
    assert "older than what the portal keeps" not in text
    assert ids(read(signed_in(suzuki), f"/connections/?{WEEK}&range=sometimes")) == [3, 2, 1]


@pytest.mark.usefixtures("some")
def test_a_short_range_leads_to_who_was_connected_when_it_begins(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    text = read(client, "/connections/?since=2026-11-20T10:30&until=2026-11-20T11:00&q=tanaka")
    assert ids(text) == []
    link = re.search(r'href="(/connections/attribution/[^"]+)">Who was connected at 11/20 10:30\?', text)
    assert link
    assert "tanaka@example.co.jp was connected" in read(client, link[1])
    assert "Who was connected at" not in read(client, f"/connections/?{WEEK}&q=tanaka")


@pytest.mark.usefixtures("some")
def test_of_many_reasons_two_are_shown_until_failures_are_asked_for(
    suzuki: User, signed_in: SignedIn
) -> None:
    keep([failed(9 + n, at="2026-11-20 06:00:00", reason=f"reason-{n}") for n in range(3)])
    client = signed_in(suzuki)
    text = read(client, f"/connections/?{WEEK}")
    assert len(set(re.findall(r"[?&]reason=([\w-]+)", text))) == 2
    more = re.search(r'href="([^"]+)">3 more</a>', text)
    assert more
    assert len(set(re.findall(r"[?&]reason=([\w-]+)", read(client, more[1])))) == 5


def test_it_leafs_through_by_position(suzuki: User, signed_in: SignedIn) -> None:
    keep([started(number) for number in range(1, 121)])
    client, seen = signed_in(suzuki), []
    url = f"/connections/?{WEEK}&status=ended"
    for many in (50, 50, 20):
        text = read(client, url)
        assert len(ids(text)) == many
        seen += ids(text)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        url = older[1] if older else ""
    assert seen == list(range(120, 0, -1))
    assert url == ""
    newer = re.search(r'href="([^"]+)" rel="prev"', text)
    assert newer
    assert ids(read(client, newer[1])) == list(range(70, 20, -1))
    assert AuditEvent.objects.filter(tag="connections:searched").count() == 1


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "2026-11-20",
        "2026-11-20T00:00:00_x",
        "9999-99-99T00:00:00Z_x",
        "0001-01-01T00:00:00%2B23:59_x",
        "_",
        "%00",
    ],
)
@pytest.mark.usefixtures("some")
def test_a_position_that_is_none_is_the_beginning(suzuki: User, signed_in: SignedIn, cursor: str) -> None:
    for name in ("before", "after"):
        assert ids(read(signed_in(suzuki), f"/connections/?{WEEK}&{name}={cursor}")) == [3, 2, 1]


@pytest.mark.usefixtures("some")
def test_a_position_may_have_any_offset(suzuki: User, signed_in: SignedIn) -> None:
    assert ids(read(signed_in(suzuki), f"/connections/?{WEEK}&before=2026-12-01T00:00:00-23:59_x")) == [
        3,
        2,
        1,
    ]


@pytest.mark.usefixtures("some")
def test_a_search_is_recorded_with_its_conditions(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    read(client, f"/connections/?{WEEK}&q=tanaka+198.51.100.0/24&status=ended")
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor, event.target) == ("connections:searched", suzuki.username, "tanaka")
    assert (event.target_kind, event.people) == ("name", ["tanaka@example.co.jp"])
    assert event.details == {
        "conditions": {
            "q": "user:tanaka 198.51.100.0/24",
            "since": "2026-11-17T00:00",
            "until": "2026-11-24T00:00",
            "status": "ended",
        }
    }
    read(client, f"/connections/?{WEEK}&q=tanaka+198.51.100.0/24&status=ended")
    assert AuditEvent.objects.count() == 1
    read(client, f"/connections/?{WEEK}&q=sato")
    assert AuditEvent.objects.count() == 2
    read(signed_in(suzuki), f"/connections/?{WEEK}&q=sato")
    assert AuditEvent.objects.count() == 3


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("get", "/connections/"),
        ("head", "/connections/"),
        ("get", "/connections/export/"),
        ("head", "/connections/export/"),
        ("get", "/connections/export.csv"),
    ],
)
@pytest.mark.parametrize("more", ["", "&header=no-such-header"])
def test_whatever_answers_a_search_records_it(
    suzuki: User, signed_in: SignedIn, method: str, page: str, more: str
) -> None:
    answer = getattr(signed_in(suzuki), method)(f"{page}?{WEEK}&q=m.tanaka&source=198.51.100.27{more}")
    b"".join(answer.streaming_content) if answer.streaming else answer.content
    event = AuditEvent.objects.earliest("sequence")
    conditions = event.details["conditions"]
    assert (event.actor, conditions["source"]) == (suzuki.username, "198.51.100.27")
    assert "m.tanaka" in conditions["q"]


@pytest.mark.usefixtures("some")
def test_a_search_for_a_person_is_found_under_them(suzuki: User, signed_in: SignedIn) -> None:
    for path in ("/connections/", "/connections/export/", "/connections/export.csv"):
        response = signed_in(suzuki).get(f"{path}?{WEEK}&q=person:m.tanaka@example.co.jp")
        assert response.getvalue()
    events = AuditEvent.objects.all()
    assert events.count() == 4
    assert all(event.people == ["m.tanaka@example.co.jp"] for event in events)
    assert [event.target_kind for event in events.order_by("sequence")[:2]] == ["person", "person"]


@pytest.mark.usefixtures("some")
def test_whoever_is_on_a_page_is_found_under_their_name(suzuki: User, signed_in: SignedIn) -> None:
    read(signed_in(suzuki), f"/connections/?{WEEK}")
    assert "tanaka@example.co.jp" in AuditEvent.objects.get().people


@pytest.mark.usefixtures("some")
def test_a_number_of_rows_is_recorded_for_each_narrower_question(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    for minute in range(18, 23):
        client.get(f"/connections/export/?q=m.tanaka&since=2026-11-20T11:{minute}&until=2026-11-20T12:00")
    assert AuditEvent.objects.filter(tag="connections:searched").count() == 5


@pytest.mark.usefixtures("some")
def test_what_it_does_not_understand_it_keeps_and_does_not_record(suzuki: User, signed_in: SignedIn) -> None:
    text = read(signed_in(suzuki), f"/connections/?{WEEK}&q=ip:10.0.0&longer=soon")
    assert "There are 2 problems" in text
    assert 'value="ip:10.0.0"' in text
    assert 'value="soon"' in text
    assert '<details class="fold" open>' in text
    assert ids(text) == []
    assert not AuditEvent.objects.exists()


@pytest.mark.usefixtures("some")
def test_nothing_found_offers_a_longer_range(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint(created_at=moment("2026-11-20"))
    Endpoint.objects.update(first_seen_at=moment("2026-11-20"))
    read_log()
    text = read(signed_in(suzuki), "/connections/?since=2026-11-21T00:00&until=2026-11-22T00:00&q=tanaka")
    assert "No connection matches" in text
    longer = re.search(r'href="([^"]+)">Search 30 days', text)
    assert longer
    assert ids(read(signed_in(suzuki), longer[1])) == [1]


@pytest.mark.usefixtures("some")
def test_nothing_found_in_a_range_that_is_not_stored_is_no_answer(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint("tokyo-main")
    Endpoint.objects.update(first_seen_at=moment("2026-11-20"))
    read_log(until=moment("2026-11-22"))
    client = signed_in(suzuki)
    early = read(client, "/connections/?since=2020-01-01T00:00&until=2020-01-02T00:00&q=tanaka")
    late = read(client, "/connections/?since=2026-11-25T00:00&until=2026-11-26T00:00&q=tanaka")
    for text in (early, late):
        assert "No stored connection matches" in text
        assert "No connection matches" not in text
        assert re.search(r'href="/connections/beyond/\?q=user%3Atanaka[^"]+">Search in CloudWatch Logs', text)
    assert "tokyo-main: nothing is stored from before 2026-11-20 09:00:00." in early
    assert "tokyo-main: /vpn/all has only been read until 2026-11-22 09:00:00." in late


def test_nothing_read_yet_is_said(suzuki: User, signed_in: SignedIn) -> None:
    assert "No endpoint writes a connection log." in read(signed_in(suzuki), "/connections/")
    save_endpoint(log_group="/vpn/tokyo")
    text = read(signed_in(suzuki), "/connections/")
    assert "Nothing has been read from the log yet" in text
    assert "reads the connection log from CloudWatch Logs by itself" in text


@pytest.mark.usefixtures("some")
def test_an_old_log_is_said_to_be_old_where_that_matters(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint("tokyo-main")
    Endpoint.objects.update(first_seen_at=moment("2026-11-01"))
    client = signed_in(suzuki)
    seen_at = timezone.now() - timedelta(days=1)
    read_log(until=seen_at)
    assert "A part of the log is missing here." not in read(client, f"/connections/?{WEEK}")
    text = read(client, "/connections/?range=week")
    assert f"Read from CloudWatch Logs at {timezone.localtime(seen_at):%Y-%m-%d %H:%M:%S}." in text
    assert "A part of the log is missing here." in text
    assert "/vpn/all has only been read until" in text
    assert 'href="/connections/sources/">See why' in text
    read_log()
    assert "A part of the log is missing here." not in read(client, "/connections/?range=week")


@pytest.mark.usefixtures("some")
def test_paper_says_what_was_searched_for(suzuki: User, signed_in: SignedIn) -> None:
    text = read(signed_in(suzuki), f"/connections/?{WEEK}&q=tanaka&status=ended")
    paper = text.partition('class="print-only">')[2].partition("</p>")[0]
    for words in ("2026-11-17 00:00:00 to 2026-11-24 00:00:00", ": tanaka", "Status: Ended"):
        assert words in paper


def test_what_is_open_shows_how_much_the_last_look_has_counted(suzuki: User, signed_in: SignedIn) -> None:
    at = f"{timezone.now() - timedelta(minutes=44):%Y-%m-%d %H:%M:%S}"
    keep([started(1, connection_start_time=at, connection_last_update_time=at)])
    save_connection(
        save_endpoint(), "", connection_id=connection_id(1), ingress_bytes=2**30, egress_bytes=2**28
    )
    text = read(signed_in(suzuki), "/connections/")
    assert "44 min" in text
    assert "1.2 GB" in text


@pytest.mark.usefixtures("some")
def test_whatever_stands_in_the_log_is_text(suzuki: User, signed_in: SignedIn) -> None:
    nasty = '"><script>alert(1)</script>'
    keep([failed(9, at="2026-11-20 06:00:00", reason=nasty, username=f"x{nasty}", device_type=nasty)])
    for query in ("", "&q=script", f"&device={nasty}"):
        page = signed_in(suzuki).get(f"/connections/?{WEEK}{query}").content.decode()
        assert "<script>alert" not in page
        assert "alert(1)" in page


@pytest.mark.usefixtures("some")
def test_the_page_asks_the_database_a_fixed_number_of_things(
    suzuki: User, signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(suzuki)
    client.get(f"/connections/?{WEEK}")
    keep([started(number) for number in range(10, 60)])
    with django_assert_max_num_queries(26):
        client.get(f"/connections/?{WEEK}")


@pytest.mark.django_db(transaction=True)
def test_a_search_that_takes_too_long_says_what_to_do(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    other: Any = connections.create_connection("default")
    try:
        other.set_autocommit(autocommit=False)
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE vpn_connection IN ACCESS EXCLUSIVE MODE")
        with override_settings(SEARCH_SECONDS=1):
            text = read(client, "/connections/?q=tanaka")
        other.rollback()
    finally:
        other.close()
    assert "This search takes too long" in text
    assert "stopped after 1 seconds" in text
    assert 'value="tanaka"' in text


@pytest.mark.usefixtures("some")
def test_it_speaks_japanese(suzuki: User, signed_in: SignedIn) -> None:
    text = read(signed_in(suzuki, "ja"), f"/connections/?{WEEK}")
    for words in (
        "接続元IP",
        "VPN内IP",
        "ブラウザーでのログインが完了していません",
        "3件のうち最新の3件",
        "1時間30分",
    ):
        assert words in text
