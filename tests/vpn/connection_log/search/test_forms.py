"""What is typed becomes conditions; what can't be understood is said, and nothing typed is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone, translation

from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log import units
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter, query_string
from vpn.connection_log.search.forms import ConnectionSearchForm

pytestmark = pytest.mark.django_db

GIB = 1024**3


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def form(**typed: str) -> ConnectionSearchForm:
    query = QueryDict(mutable=True)
    query.update(typed)
    return ConnectionSearchForm(query)


def search(**typed: str) -> ConnectionSearch:
    bound = form(**typed)
    assert bound.is_valid(), bound.errors.as_json()
    return bound.search()


CASES: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"q": "tanaka"}, {"words": ("tanaka",)}),
    ({"q": "田中　美咲"}, {"words": ("田中", "美咲")}),
    ({"q": "ｔａｎａｋａ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ"}, {"words": ("tanaka@example.co.jp",)}),
    ({"q": 'user:"Liam O\'Brien"'}, {"words": ("Liam O'Brien",)}),
    ({"q": "person:a@example.co.jp b"}, {"person": "a@example.co.jp", "words": ("b",)}),
    ({"q": 'person:"say ""hi"": now"'}, {"person": 'say "hi": now'}),
    ({"q": "user:10.0.0.1"}, {"words": ("10.0.0.1",)}),
    ({"q": "203.0.113.10"}, {"address": ip_network("203.0.113.10")}),
    ({"q": "２０３．０．１１３．１０"}, {"address": ip_network("203.0.113.10")}),
    ({"q": "10.8.0.77/16"}, {"address": ip_network("10.8.0.0/16")}),
    ({"q": "::ffff:198.51.100.27"}, {"address": ip_network("198.51.100.27")}),
    ({"source": "::FFFF:198.51.100.0/120"}, {"device_ip": ip_network("198.51.100.0/24")}),
    ({"q": "::ffff:0:0/95"}, {"address": ip_network("::fffe:0:0/95")}),
    ({"q": "fe80::1%en0"}, {"address": ip_network("fe80::1")}),
    ({"source": "fe80::1%eth0/64"}, {"device_ip": ip_network("fe80::/64")}),
    ({"q": "2001:db8::1"}, {"address": ip_network("2001:db8::1")}),
    ({"q": "fe80::1 tanaka"}, {"address": ip_network("fe80::1"), "words": ("tanaka",)}),
    ({"q": "12345"}, {"words": ("12345",)}),
    ({"q": "cvpn-connection-01f248f0e3084e4f2"}, {"connection_id": "cvpn-connection-01f248f0e3084e4f2"}),
    ({"q": "id:abc"}, {"connection_id": "abc"}),
    ({"q": "status:failed"}, {"outcome": OutcomeFilter.FAILED}),
    ({"q": "STATUS:Open"}, {"outcome": OutcomeFilter.CONNECTED}),
    ({"status": "unfinished"}, {"outcome": OutcomeFilter.UNFINISHED}),
    ({"q": "status:failed", "status": "failed"}, {"outcome": OutcomeFilter.FAILED}),
    ({"q": "source:198.51.100.0/24"}, {"device_ip": ip_network("198.51.100.0/24")}),
    ({"client": "10.8.0.2"}, {"client_ip": ip_network("10.8.0.2")}),
    ({"q": "device:Windows"}, {"device_type": "win"}),
    ({"q": "device:freebsd"}, {"device_type": "freebsd"}),
    ({"q": "reason:authorization-policy-deny"}, {"reason": "authorization-policy-deny"}),
    ({"q": 'reason:"a new one"'}, {"reason": "a new one"}),
    ({"reason": " 理由　不明（新）"}, {"reason": " 理由　不明（新）"}),
    ({"device": "Ｗｉｎ "}, {"device_type": "Ｗｉｎ "}),
    ({"q": "endpoint:cvpn-endpoint-1"}, {"endpoint_id": "cvpn-endpoint-1"}),
    ({"q": "cvpn-endpoint-1"}, {"endpoint_id": "cvpn-endpoint-1"}),
    ({"longer": "1h30m", "shorter": "2時間"}, {"seconds_from": 5400, "seconds_to": 7200}),
    ({"longer": "９０"}, {"seconds_from": 5400}),
    ({"more": "200 GB"}, {"bytes_from": 200 * GIB}),
    ({"less": "1.5gb"}, {"bytes_to": GIB * 3 // 2}),
    ({"q": "10:30"}, {"words": ("10:30",)}),
    ({"q": 'user:""'}, {}),
    ({"q": "  "}, {}),
    ({"q": "a\0b"}, {"words": ("ab",)}),
]


@pytest.mark.parametrize(("typed", "meant"), CASES)
def test_it_understands_what_is_typed(typed: dict[str, str], meant: dict[str, Any]) -> None:
    empty = search()
    # Django itself refuses NUL in a field.
    if "\0" in typed.get("q", ""):
        assert not form(**typed).is_valid()
        return
    assert search(**typed) == ConnectionSearch(**({"since": empty.since, "until": empty.until} | meant))


@pytest.mark.parametrize(("typed", "meant"), CASES)
def test_a_search_is_a_query_string_and_the_other_way_round(
    typed: dict[str, str], meant: dict[str, Any]
) -> None:
    if "\0" in typed.get("q", ""):
        return
    asked = search(**typed)
    assert search(**dict(parse_qsl(query_string(asked)))) == asked


@time_machine.travel(datetime(2026, 11, 23, 1, 41, tzinfo=UTC))
def test_the_last_seven_days_are_searched_if_nothing_else_is_said() -> None:
    bound = form()
    assert bound.data["since"] == "2026-11-17T00:00"
    assert bound.data["until"] == "2026-11-24T00:00"
    asked = search()
    assert asked.since == datetime(2026, 11, 16, 15, tzinfo=UTC)
    assert asked.until == datetime(2026, 11, 23, 15, tzinfo=UTC)


@time_machine.travel(datetime(2026, 11, 23, 1, 41, tzinfo=UTC))
def test_half_a_range_is_completed() -> None:
    assert form(since="2026-11-01T00:00").data["until"] == "2026-11-24T00:00"
    assert form(until="2026-10-08T00:00").data["since"] == "2026-10-01T00:00"
    assert form(until="never").data["since"] == "2026-11-17T00:00"


@pytest.mark.parametrize(
    "text",
    ["2026-11-03T22:00", "2026/11/03 22:00", "２０２６／１１／０３　２２：００", "2026-11-03 22:00:00"],
)
def test_a_time_is_the_portals(text: str) -> None:
    assert search(since=text, until="2026-12-01T00:00").since == datetime(2026, 11, 3, 13, tzinfo=UTC)


def test_a_time_with_its_own_zone_is_taken_as_it_says() -> None:
    asked = search(since="2026-11-03T22:00:00+00:00", until="2026-12-01T00:00")
    assert asked.since == datetime(2026, 11, 3, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "where", "words"),
    [
        ({"since": "soon"}, "since", "like 2026-11-20 10:00"),
        ({"since": "0001-01-01T00:00"}, "since", "after 2018"),
        ({"until": "9999-12-31T23:59"}, "until", "after 2018"),
        ({"since": "2026-11-03T22:00+16:00"}, "since", "like 2026-11-20 10:00"),
        ({"until": "2026-11-03T22:00-23:59"}, "until", "like 2026-11-20 10:00"),
        ({"since": "2026-11-03T22:00", "until": "2026-11-03T22:00"}, "until", "after the beginning"),
        ({"q": "10.0.0.1 10.0.0.2"}, "q", "two of the same kind: 10.0.0.1 and 10.0.0.2"),
        ({"q": "ip:10.0.0"}, "q", "Enter an IP address"),
        ({"q": "source:tokyo"}, "q", "Enter an IP address"),
        ({"q": "status:lost"}, "q", "There is no status lost"),
        ({"status": "lost"}, "status", "There is no status lost"),
        ({"q": "status:failed", "status": "ended"}, "q", "asks for something else"),
        ({"source": "10.0.0.0/33"}, "source", "Enter an IP address"),
        ({"longer": "long"}, "longer", "Enter a duration"),
        ({"longer": "2h", "shorter": "1h"}, "shorter", "must not be less"),
        ({"more": "much"}, "more", "Enter an amount"),
        ({"more": "9999999999999999 PB"}, "more", "Enter an amount"),
        ({"more": "2 GB", "less": "1 GB"}, "less", "must not be less"),
        ({"q": "x" * 501}, "q", "at most 500"),
    ],
)
def test_what_it_does_not_understand_is_said_where_it_was_typed(
    typed: dict[str, str], where: str, words: str
) -> None:
    bound = form(**typed)
    assert not bound.is_valid()
    assert words in str(bound.errors[where])
    assert all(bound.data[name] == text for name, text in typed.items())


def test_an_endpoint_is_found_by_its_name() -> None:
    endpoint = save_endpoint("tokyo-main")
    assert search(q="endpoint:Tokyo-Main").endpoint_id == endpoint.endpoint_id
    assert ("cvpn-endpoint-gone", "cvpn-endpoint-gone") in form(endpoint="cvpn-endpoint-gone").fields[
        "endpoint"
    ].widget.choices


def test_the_folded_filters_are_open_when_they_say_something() -> None:
    assert not form(q="tanaka", since="soon").filters_open
    assert not form(status="failed").filters_open
    assert form(status="lost").filters_open
    assert form(device="mac").filters_open
    assert form(more="much").filters_open


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (4320, "1 h 12 min")]
)
def test_durations_are_short(seconds: int, text: str) -> None:
    assert units.format_duration(seconds) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (123_731_968, "118 MB"),
        (1_288_490_189, "1.2 GB"),
        (1024**3 - 1, "1.0 GB"),
        (2**60, "1,024 PB"),
    ],
)
def test_sizes_are_short(amount: int, text: str) -> None:
    assert units.format_size(amount) == text


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("2026-11-20T09:30", "datetime-local"),
        ("", "datetime-local"),
        ("2026/11/20 9:30", "text"),
        ("x", "text"),
    ],
)
def test_a_picker_throws_away_no_time_that_was_typed_in_another_form(typed: str, kind: str) -> None:
    assert f'<input type="{kind}" name="since"' in str(form(since=typed)["since"])
    assert f'value="{typed}"' in str(form(since=typed)["since"]) or not typed


@pytest.mark.parametrize("hour", [0, 1])
def test_a_search_from_the_hour_that_comes_twice_keeps_its_moments_in_its_url(hour: int) -> None:
    with timezone.override("Europe/Berlin"):
        since = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        asked = ConnectionSearch(since, datetime(2026, 10, 26, tzinfo=UTC))
        assert search(**dict(parse_qsl(query_string(asked)))) == asked


@time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False)
def test_a_beginning_that_is_filled_in_may_be_a_midnight_that_comes_twice() -> None:
    with timezone.override("America/Havana"):
        assert search(until="2026-11-08T00:00").since == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_beginning_that_is_filled_in_may_fall_into_an_hour_that_is_left_out() -> None:
    with timezone.override("Europe/Berlin"):
        assert search(until="2026-04-05T02:30").since == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
