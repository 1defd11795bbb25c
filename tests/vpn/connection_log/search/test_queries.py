"""What a search finds, and in which order."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from portal.access.models import User
from tests.vpn.connection_log.log_lines import (
    ENDPOINT,
    assertion_received,
    connection_id,
    ended,
    failed,
    keep,
    started,
    waiting,
)
from vpn.connection_log.search import queries
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter, PagePosition, query_string
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.people import find_people, usernames_of

pytestmark = pytest.mark.django_db

MANY_PEOPLE = 1000
DAY = ConnectionSearch(since=datetime(2026, 11, 20, tzinfo=UTC), until=datetime(2026, 11, 21, tzinfo=UTC))
SATO = {"username": "k.sato@example.co.jp", "device_type": "mac", "device_ip": "192.0.2.140"}


def search(**conditions: Any) -> ConnectionSearch:
    return ConnectionSearch(**({"since": DAY.since, "until": DAY.until} | conditions))


def numbers(asked: ConnectionSearch) -> list[int]:
    """Of the connections that are found, newest first; two ways of finding them agree."""
    page = [row.connection_id for row in queries.newest(asked, limit=50)]
    assert sorted(queries.matching(asked).values_list("connection_id", flat=True)) == sorted(page)
    return [int(name.rpartition("-")[2], 16) for name in page]


@pytest.fixture
def day() -> None:
    """1: tanaka, 90 minutes; 2: sato, open; 3: refused; 4: the browser never came back; 5: the day before."""
    keep(
        [
            started(1),
            ended(1),
            started(
                2,
                connection_start_time="2026-11-20 03:00:00",
                connection_last_update_time="2026-11-20 03:00:00",
                client_ip="10.8.1.12",
                **SATO,
            ),
            failed(3, at="2026-11-20 04:00:00", **SATO),
            waiting(4, at="2026-11-20 05:00:00"),
            started(
                5,
                connection_start_time="2026-11-19 01:00:00",
                connection_last_update_time="2026-11-19 01:00:00",
            ),
        ]
    )


CASES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [4, 3, 2, 1]),
    ({"since": datetime(2026, 11, 20, 3, tzinfo=UTC)}, [4, 3, 2]),
    ({"until": datetime(2026, 11, 20, 3, tzinfo=UTC)}, [1]),
    ({"words": ("tanaka",)}, [1]),
    ({"words": ("TANA",)}, [1]),
    ({"words": ("example",)}, [3, 2, 1]),
    ({"words": ("k.sato", "example")}, [3, 2]),
    ({"words": ("k.sato", "tanaka")}, []),
    ({"words": ("nobody",)}, []),
    ({"words": ("%",)}, []),
    ({"device_ip": ip_network("192.0.2.140")}, [3, 2]),
    ({"device_ip": ip_network("192.0.2.144/28")}, []),
    ({"device_ip": ip_network("192.0.2.128/28")}, [3, 2]),
    ({"device_ip": ip_network("2001:db8::/32")}, []),
    ({"client_ip": ip_network("10.8.0.0/16")}, [2, 1]),
    ({"client_ip": ip_network("10.8.1.0/24")}, [2]),
    ({"client_ip": ip_network("fd00::/8")}, []),
    ({"address": ip_network("10.8.1.12")}, [2]),
    ({"address": ip_network("192.0.2.0/24")}, [3, 2]),
    ({"connection_id": connection_id(5)}, [5]),
    ({"connection_id": "cvpn-connection-none"}, []),
    ({"outcome": OutcomeFilter.FAILED}, [4, 3]),
    ({"outcome": OutcomeFilter.UNFINISHED}, [4]),
    ({"outcome": OutcomeFilter.ENDED, "words": ("tanaka",)}, [1]),
    ({"reason": "authorization-policy-deny"}, [3]),
    ({"reason": "waiting-for-assertion"}, [4]),
    ({"reason": "something-else"}, []),
    ({"device_type": "mac"}, [3, 2]),
    ({"seconds_from": 5400}, [1]),
    ({"seconds_from": 5401}, []),
    ({"seconds_to": 5400, "outcome": OutcomeFilter.ENDED}, [1]),
    ({"bytes_from": 3000}, [1]),
    ({"bytes_to": 2999, "words": ("tanaka",)}, []),
    ({"endpoint_id": "cvpn-endpoint-0a1b2c3d4e5f60718"}, [4, 3, 2, 1]),
    ({"endpoint_id": "cvpn-endpoint-other"}, []),
    ({"words": ("sato",), "device_type": "mac", "outcome": OutcomeFilter.FAILED}, [3]),
    (
        {
            "words": ("example",),
            "device_ip": ip_network("192.0.2.0/24"),
            "client_ip": ip_network("10.0.0.0/8"),
        },
        [2],
    ),
]


@pytest.mark.parametrize(("conditions", "expected"), CASES)
@pytest.mark.usefixtures("day")
def test_it_finds_what_is_asked_for(conditions: dict[str, Any], expected: list[int]) -> None:
    assert numbers(search(**conditions)) == expected


@pytest.mark.usefixtures("day")
def test_a_person_is_found_by_the_name_that_the_portal_knows() -> None:
    User.objects.create(username="K.Sato@example.co.jp", name="佐藤 健")
    assert numbers(search(words=("佐藤",))) == [3, 2]
    assert numbers(search(words=("佐藤", "k.sato"))) == [3, 2]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Aki Ito", [2]),
        ("aki ito", [1]),
        ("ａｋｉ　ｉｔｏ", [1]),
        # Nobody's: two people's names differ from it in case.
        ("AKI ITO", []),
        ("AKI ITO 2", [3]),
        ("K.SATO@example.co.jp", [5, 6]),
    ],
)
def test_a_very_username_is_nobody_elses(typed: str, expected: list[int]) -> None:
    names = ("aki ito", "Aki Ito", "aki ito 2", "ａｋｉ ito", "k.sato@example.co.jp", "K.Sato@example.co.jp")
    for number, username in enumerate(names, start=1):
        keep([started(number, username=username)])
    bound = ConnectionSearchForm(QueryDict(query_string(search(person=typed))))
    assert bound.is_valid()
    assert sorted(numbers(bound.search())) == expected
    logged = usernames_of(bound.search().person, names)
    assert sorted(names.index(name) + 1 for name in logged) == expected


def test_a_username_in_wide_letters_is_found_by_what_the_box_makes_of_it() -> None:
    keep([started(1, username="ｔａｎａｋａ"), started(2, username="ｔａｎａｋａ２")])
    bound = ConnectionSearchForm(QueryDict(query_string(search(person="ｔａｎａｋａ"))))
    assert bound.is_valid()
    assert numbers(bound.search()) == [1]


@pytest.mark.parametrize(
    "typed", ["（営業）", "(営業)", 'user:"佐藤　健"', 'user:"佐藤 健"', "ケンジ", "ｹﾝｼﾞ", "ΣΑΣ"]
)
@pytest.mark.usefixtures("day")
def test_a_name_is_found_whatever_its_width(typed: str) -> None:
    """Of the portal, or in the log; as it is shown, or as a keyboard has it."""
    User.objects.create(username="K.Sato@example.co.jp", name="佐藤　健（営業）ｹﾝｼﾞ ΣΑΣ")
    keep([started(9, username="佐藤　健（営業）ｹﾝｼﾞ ΣΑΣ", connection_start_time="2026-11-20 06:00:00")])
    bound = ConnectionSearchForm(QueryDict(f"{query_string(DAY)}&{urlencode({'q': typed})}"))
    assert bound.is_valid()
    assert numbers(bound.search()) == [9, 3, 2]


@pytest.mark.usefixtures("day")
def test_a_name_is_found_whatever_its_case_and_by_what_it_is_now() -> None:
    user = User.objects.create(username="K.Sato@example.co.jp", name="Ken SATŌ", email="Ken@Example.com")
    for word in ("satō", "SATŌ", "KEN@exa", "k.SATO"):
        assert numbers(search(words=(word,))) == [3, 2], word
    user.name = "Ken Suzuki"
    user.save(update_fields=["name"])
    assert numbers(search(words=("suzuki",))) == [3, 2]
    assert numbers(search(words=("satō",))) == []


@pytest.mark.usefixtures("day")
def test_a_page_and_its_people_are_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        names = [row.user.username for row in queries.newest(DAY, limit=50) if row.user]
    assert names[0] == SATO["username"]
    assert len(names) == 3


def test_an_attempt_without_a_name_has_no_person() -> None:
    keep([failed(9, at="2026-11-20 06:00:00", username="NA", common_name="NA")])
    assert [row.user for row in queries.newest(DAY, limit=50)] == [None]


def test_the_next_query_of_the_same_transaction_has_all_the_time_it_wants() -> None:
    with limited(seconds=1), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("1s",)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_whoever_is_connected_now_is_not_who_was_never_logged_off() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    for number, start in ((1, now - timedelta(hours=2)), (2, now - timedelta(hours=30))):
        moment = f"{start:%Y-%m-%d %H:%M:%S}"
        keep([started(number, connection_start_time=moment, connection_last_update_time=moment)])
    recent = {"since": now - timedelta(days=3), "until": now + timedelta(hours=1)}
    assert numbers(search(**recent, outcome=OutcomeFilter.CONNECTED)) == [1]
    assert numbers(search(**recent, outcome=OutcomeFilter.ENDED)) == [2]


def test_the_first_leg_of_a_sign_in_is_never_found() -> None:
    keep(
        [
            waiting(1, at="2026-11-20 01:00:00"),
            assertion_received(1, at="2026-11-20 01:00:20"),
            started(
                2,
                connection_start_time="2026-11-20 01:00:22",
                connection_last_update_time="2026-11-20 01:00:22",
            ),
        ]
    )
    assert numbers(DAY) == [2]
    assert numbers(search(connection_id=connection_id(1))) == []


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"words": ("tanaka",)},
        {"words": ("example",)},
        {"words": ("ta",)},
        {"endpoint_id": ENDPOINT},
        {"endpoint_id": ENDPOINT, "outcome": OutcomeFilter.ENDED},
        {"endpoint_id": ENDPOINT, "outcome": OutcomeFilter.FAILED},
        {"reason": "authorization-policy-deny"},
        {"reason": "authorization-policy-deny", "endpoint_id": ENDPOINT},
    ],
)
def test_leafing_meets_every_row_once_in_both_directions(conditions: dict[str, Any]) -> None:
    people = ("tanaka", "sato", "takahashi")
    keep(
        [
            make(number, username=f"{people[number % 3]}@example.co.jp")
            for number in range(1, 120)
            for make in makers(number)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE vpn_connection")
    everything = search(**conditions, until=datetime(2026, 11, 20, 20, 7, tzinfo=UTC))
    expected = list(
        queries.matching(everything).order_by("-at", "-connection_id").values_list("connection_id", flat=True)
    )
    assert len(expected) > 7
    met, position = [], None
    while page := queries.newest(everything, limit=5, before=position):
        met += [row.connection_id for row in page]
        position = PagePosition(page[-1].at, page[-1].connection_id)
    assert met == expected
    back, position = [], PagePosition(everything.since, "")
    while page := queries.newest(everything, limit=5, after=position):
        back += [row.connection_id for row in page]
        position = PagePosition(page[-1].at, page[-1].connection_id)
    assert back[::-1] == expected


def test_a_page_is_full_while_there_are_more_though_all_began_in_one_second() -> None:
    """At the first or last second of the ten minutes that a tally counts; a page that is not full is the last."""
    moments = [f"2026-11-20 0{hour}:{'09:59' if hour < 3 else '00:00'}" for hour in range(6)]
    keep(
        [
            started(
                10 * number + position,
                connection_start_time=at,
                connection_last_update_time=at,
                client_ip=f"10.8.{number}.{position}",
            )
            for number, at in enumerate(moments)
            for position in range(8)
        ]
    )
    asked = search(endpoint_id=ENDPOINT)
    expected = [connection_id(10 * number + position) for number in range(6) for position in range(8)]
    met = [*_leaf(partial(queries.newest, asked, limit=5), "before", None)]
    assert met == expected[::-1]
    assert [
        *_leaf(partial(queries.newest, asked, limit=5), "after", PagePosition(asked.since, ""))
    ] == expected


def _leaf(find_page: Callable[..., Any], way: str, position: PagePosition | None) -> Iterator[str]:
    while True:
        page = find_page(**{way: position})
        yield from (row.connection_id for row in page)
        if len(page) < 5:
            return
        position = PagePosition(page[-1].at, page[-1].connection_id)


def test_a_page_is_full_though_all_who_came_in_the_last_day_are_still_there() -> None:
    """One in each of the 145 ten minutes that a day touches."""
    now = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)
    begun = [now, *(now + timedelta(minutes=1 - 10 * number) for number in range(1, 145 + 51))]
    with time_machine.travel(now, tick=False):
        keep(
            [
                started(
                    number,
                    connection_start_time=f"{at:%F %T}",
                    connection_last_update_time=f"{at:%F %T}",
                    client_ip=f"10.8.0.{number}",
                )
                for number, at in enumerate(begun)
            ]
        )
        asked = search(
            endpoint_id=ENDPOINT, outcome=OutcomeFilter.ENDED, since=now - timedelta(days=20), until=now
        )
        assert queries.matching(asked).count() == 51
        assert len(queries.newest(asked, limit=51)) == 51


def test_leafing_through_a_year_meets_every_row_once_in_both_directions() -> None:
    begin = datetime(2025, 11, 1, tzinfo=UTC)
    moments = [
        begin + timedelta(days=day) for day in (0, 1, 2, 31, 62, 63, 100, 101, 200, 300, 369, 370, 384)
    ]
    keep(
        [
            started(number, connection_start_time=f"{at:%F %T}", connection_last_update_time=f"{at:%F %T}")
            for number, at in enumerate(moments, start=1)
        ]
    )
    year = search(since=begin, until=begin + timedelta(days=400))
    expected = [connection_id(number) for number in range(len(moments), 0, -1)]
    met, position = [], None
    while page := queries.newest(year, limit=3, before=position):
        met += [row.connection_id for row in page]
        position = PagePosition(page[-1].at, page[-1].connection_id)
    assert met == expected
    back, position = [], PagePosition(begin, "")
    while page := queries.newest(year, limit=3, after=position):
        back += [row.connection_id for row in page]
        position = PagePosition(page[-1].at, page[-1].connection_id)
    assert back[::-1] == expected


def makers(number: int) -> list[Callable[..., str]]:
    """Several in a second, then none for an hour; every third one fails."""
    at = f"2026-11-20 {number // 6:02}:0{number % 2}:00"
    if number % 3 == 0:
        reason = "client-connect-failed" if number % 4 else "authorization-policy-deny"
        return [partial(failed, at=at, reason=reason)]
    return [partial(started, connection_start_time=at, connection_last_update_time=at)]


def test_many_people_are_found_as_few_are() -> None:
    keep([started(number, username=f"u{number:04}@example.co.jp") for number in range(1, MANY_PEOPLE + 3)])
    assert len(find_people(["example"])) > MANY_PEOPLE
    asked = search(words=("example",))
    assert len(queries.newest(asked, limit=50)) == 50
    assert queries.matching(asked).count() == MANY_PEOPLE + 2


@pytest.mark.django_db(transaction=True)
def test_a_query_that_takes_too_long_is_given_up_and_the_next_one_works() -> None:
    with (
        override_settings(SEARCH_SECONDS=1),
        pytest.raises(SearchTimeout),
        limited(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(20)")
    with limited():
        assert queries.newest(DAY, limit=1) == []
