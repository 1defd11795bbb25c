"""The text of a query: it finds enough, and nothing that somebody types gets out of its place."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from sandbox.aws.insights import Event, run
from tests.vpn.connection_log.log_lines import LATEST, assertion_received, failed, started, waiting
from vpn.connection_log.log_event import parse
from vpn.connection_log.neighbours import join_log
from vpn.connection_log.search.conditions import ConnectionSearch
from vpn.log_insights.matching import matches
from vpn.log_insights.query import pattern, query_text, window

SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
HOSTILE = (
    '"',
    "'",
    "`",
    "/",
    "\\",
    "\\/",
    "|",
    "| limit 0",
    "/ or 1=1 | fields @message",
    '") or isIpv4InSubnet(`device-ip`, "0.0.0.0/0',
    "a\nb",
    "a\r\n| stats count(*)",
    "^.*$",
    "(?i)",
    "[",
    "(",
    "a{1000000}",
    "(a+)+$",
    "#",
    "//",
    "/*",
    "$x",
    "\u2028",
    "＝",
    "😀",
    "é",
    "田中",
    "%00",
    "\\x2F",
    "*",
    "`username`",
)


def text(*, usernames: Mapping[str, Sequence[str]] | None = None, **conditions: Any) -> str:
    return query_text(ConnectionSearch(SINCE, UNTIL, **conditions), usernames=usernames or {})


def found(query: str, *lines: str) -> list[int]:
    """The numbers of the lines that the query finds."""
    events = [Event(number, line, str(number)) for number, line in enumerate(lines)]
    return sorted(int(row["@ptr"]) for row in run(query, events).rows)


def test_without_conditions_it_asks_for_all() -> None:
    assert text() == "fields @timestamp, @message\n| sort @timestamp desc"


def test_a_query_reads_like_this() -> None:
    assert text(words=("a.b",), client_ip=ip_network("10.8.0.0/16")) == (
        "fields @timestamp, @message\n"
        "| filter (`username` like /(?i)a\\x2Eb/ or `common-name` like /(?i)a\\x2Eb/)\n"
        '| filter isIpv4InSubnet(`client-ip`, "10.8.0.0/16")\n'
        "| sort @timestamp desc"
    )


@pytest.mark.parametrize(
    ("conditions", "numbers"),
    [
        ({"words": ("TANAKA",)}, [0, 3]),
        ({"words": ("tanaka", "nobody")}, []),
        ({"words": ("device-7",)}, [1]),
        ({"address": ip_network("203.0.113.7/32")}, [2]),
        ({"address": ip_network("10.8.0.2/32")}, [0, 1, 2]),
        ({"device_ip": ip_network("203.0.113.0/24")}, [2]),
        ({"client_ip": ip_network("2001:db8::/32")}, [2]),
        ({"connection_id": "cvpn-connection-00000000000000003"}, [2]),
        ({"endpoint_id": "cvpn-endpoint-0a1b2c3d4e5f60718"}, [0, 1, 2, 3]),
        ({"endpoint_id": "cvpn-endpoint-0"}, []),
        ({"device_type": "mac"}, [1]),
        ({"reason": "authorization-policy-deny"}, [3]),
    ],
)
def test_each_condition_narrows_to_the_events_that_have_it(
    conditions: dict[str, Any], numbers: list[int]
) -> None:
    lines = (
        started(1),
        started(2, username="NA", common_name="device-7", device_type="mac"),
        started(3, username="sato@example.co.jp", device_ip="203.0.113.7", client_ip_v6="2001:db8::9"),
        failed(4, at="2026-11-20 04:00:00"),
    )
    assert found(text(**conditions), *lines) == numbers


def test_a_person_is_found_by_the_name_that_the_portal_knows() -> None:
    query = text(words=("田中",), usernames={"田中": ["tanaka@example.co.jp"]})
    assert found(query, started(1), started(2, username="sato@example.co.jp")) == [0]


def test_a_word_in_very_many_names_narrows_nothing() -> None:
    query = text(words=("a",), usernames={"a": [f"a{number}@example.co.jp" for number in range(21)]})
    assert "filter" not in query


@pytest.mark.parametrize("typed", HOSTILE)
def test_whatever_is_typed_stays_where_it_stands(typed: str) -> None:
    for conditions in (
        {"words": (typed,)},
        {"device_type": typed},
        {"reason": typed},
        {"endpoint_id": typed},
    ):
        query = text(**conditions)
        assert query.count("\n") == 2
        assert query.count("|") == 2
        assert [line for line in query.split("\n") if line.startswith("| filter")]
        # What may be any character finds more than is asked for, which is compared afterwards.
        assert found(query, started(1)) == [] or pattern(typed) == "."
    assert found(text(words=(typed,)), started(1, username=f"x{typed}y")) == [0]


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_pattern_is_letters_digits_and_escapes(typed: str) -> None:
    import re

    assert re.fullmatch(r"(?:\w|\.|\\x[0-9A-F]{2})*", pattern(typed))


def test_a_query_that_aws_would_refuse_for_its_length_is_refused_here() -> None:
    with pytest.raises(ValueError, match="too many words"):
        text(words=("!" * 500,) * 6)


def test_it_asks_for_the_end_of_the_last_connection_too_but_not_for_the_future() -> None:
    search = ConnectionSearch(SINCE, UNTIL)
    assert window(search, now=UNTIL + timedelta(days=9))[1] == UNTIL + timedelta(hours=26)
    assert window(search, now=UNTIL)[1] == UNTIL


def test_a_sign_in_that_began_before_the_range_is_not_taken_for_one_within() -> None:
    search = ConnectionSearch(SINCE, UNTIL)
    since, until = window(search, now=UNTIL + timedelta(days=9))
    lines = [
        (at, make(1, at=f"{at:%F %T}"))
        for make, at in (
            (waiting, SINCE - timedelta(minutes=1)),
            (assertion_received, SINCE + timedelta(minutes=1)),
        )
    ]
    events = [parse(line, latest=LATEST) for at, line in lines if since <= at < until]
    assert [row for row in join_log(events, now=UNTIL) if matches(row, search, people={})] == []
