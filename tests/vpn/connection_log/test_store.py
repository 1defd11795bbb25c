"""What is stored depends on which events there are, not on how they came."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from tests.vpn.connection_log.log_lines import (
    assertion_received,
    ended,
    failed,
    keep,
    started,
    waiting,
)
from vpn.connection_log.models import (
    Connection,
    ConnectionEvent,
    ConnectionStatus,
    ConnectionTally,
    ConnectionUser,
    FailureTally,
)
from vpn.connection_log.store import close_overdue

pytestmark = pytest.mark.django_db
# Within 24 hours of what the lines tell
NOW = "2026-11-20 12:00:00Z"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def everything() -> dict[str, Any]:
    """All that is kept, without the ids of people, which depend on who came first."""
    users = dict(ConnectionUser.objects.values_list("pk", "username"))
    fields = [field.attname for field in Connection._meta.fields]
    rows = [
        dict(zip(fields, row, strict=True)) for row in Connection.objects.values_list(*fields).order_by("pk")
    ]
    for row in rows:
        row["user_id"] = users.get(row["user_id"])
    return {
        "connections": rows,
        "events": sorted(ConnectionEvent.objects.values_list("connection_id", "at", "digest", "raw")),
        "users": sorted(
            ConnectionUser.objects.values_list(
                "username", "connections", "first_connected_at", "last_connected_at"
            )
        ),
        "tallies": [row for row in sorted(ConnectionTally.objects.values_list()) if any(row[2:])],
        "failures": [row for row in sorted(FailureTally.objects.values_list()) if row[-1]],
    }


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE vpn_connection, vpn_connectionevent, vpn_connectiontally, vpn_failuretally, vpn_connectionuser"
        )


def only() -> Connection:
    return Connection.objects.get()


def test_a_connection_is_one_row_that_grows() -> None:
    assert keep([started()]) == 1
    assert (only().status, only().ended_at) == (ConnectionStatus.OPEN, None)
    assert keep([ended()]) == 1
    row = only()
    assert (row.status, row.duration_seconds, row.ingress_bytes, row.egress_bytes) == (
        "ended",
        5400,
        1000,
        2000,
    )
    assert row.user is not None
    assert row.user.username == "tanaka@example.co.jp"
    assert ConnectionEvent.objects.count() == 2


def test_an_event_is_kept_with_its_own_time_and_its_text_as_it_is() -> None:
    texts = [
        started(username="a\\b\t\u3042"),
        started(2, connection_last_update_time="2027-02-28 23:59:59") + " \n\t",
    ]
    keep(texts)
    kept = [
        (f"{event.at:%Y-%m-%d %H:%M:%S %Z}", event.raw) for event in ConnectionEvent.objects.order_by("at")
    ]
    assert kept == [("2026-11-20 01:00:00 UTC", texts[0]), ("2027-02-28 23:59:59 UTC", texts[1])]
    assert Connection.objects.order_by("at", "connection_id")[0].user.username == "a\\b\t\u3042"  # type: ignore[union-attr]


def test_the_logged_duration_counts_where_a_start_is_missing() -> None:
    keep([ended(connection_start_time="NA")])
    assert (only().started_at, only().duration_seconds) == (None, 5400)


def test_the_same_lines_again_change_nothing() -> None:
    lines = [started(), ended(), failed(2, at="2026-11-20 03:00:00")]
    keep(lines)
    once = everything()
    assert keep(lines) == 0
    assert keep([*lines, *lines]) == 0
    assert everything() == once


SIGN_IN = [
    waiting(1, at="2026-11-20 00:59:50"),
    assertion_received(1, at="2026-11-20 00:59:58"),
    started(2),
    ended(2),
]
ONE_ID = [
    waiting(1, at="2026-11-20 00:59:50"),
    assertion_received(1, at="2026-11-20 00:59:58"),
    started(1),
    ended(1),
]
RETRIED = [
    waiting(1, at="2026-11-20 00:50:00"),
    waiting(2, at="2026-11-20 00:55:00"),
    started(3),
    failed(4, at="2026-11-20 03:00:00"),
]


@pytest.mark.parametrize("lines", [SIGN_IN, ONE_ID, RETRIED])
def test_any_order_and_any_batches_come_to_the_same(lines: list[str]) -> None:
    keep(lines)
    expected = everything()
    for order in itertools.permutations(lines):
        empty()
        for text in order:
            keep([text])
        assert everything() == expected


@pytest.mark.parametrize("lines", [SIGN_IN, ONE_ID])
def test_a_federated_sign_in_is_one_connection_and_no_failure(lines: list[str]) -> None:
    keep(lines)
    shown = Connection.objects.exclude(status=ConnectionStatus.SIGN_IN)
    assert [(row.status, row.started_at is not None) for row in shown] == [("ended", True)]
    assert everything()["failures"] == []


def test_a_sign_in_that_nothing_follows_is_not_finished() -> None:
    keep([waiting(1, at="2026-11-20 00:50:00"), started(2, connection_start_time="2026-11-20 01:10:00")])
    assert Connection.objects.get(seen=4).status == ConnectionStatus.UNFINISHED
    [(_, _, reason, failures)] = FailureTally.objects.values_list()[0:1].values_list(
        "bucket", "endpoint_id", "reason", "failures"
    )
    assert (reason, failures) == ("waiting-for-assertion", 1)


def test_of_several_tries_the_last_one_led_to_the_connection() -> None:
    keep(RETRIED)
    assert list(Connection.objects.order_by("at").values_list("status", flat=True)) == [
        "unfinished",
        "sign-in",
        "open",
        "failed",
    ]


def test_somebody_elses_success_behind_the_same_address_hides_no_abandoned_sign_in() -> None:
    keep(
        [
            waiting(1, at="2026-11-20 00:59:00"),
            waiting(2, at="2026-11-20 00:59:30"),
            assertion_received(2, at="2026-11-20 00:59:40"),
            started(3),
        ]
    )
    assert Connection.objects.get(connection_id__endswith="1").status == ConnectionStatus.UNFINISHED


@pytest.mark.parametrize("name", [2, 1])
def test_a_first_leg_may_tell_a_start_of_its_own(name: int) -> None:
    begun = {"connection_start_time": "2026-11-20 00:59:50"}
    legs = [
        waiting(1, at="2026-11-20 00:59:50", **begun),
        assertion_received(1, at="2026-11-20 00:59:58", **begun),
    ]
    keep(legs)
    assert only().status == ConnectionStatus.UNFINISHED
    keep([started(name), ended(name)])
    shown = Connection.objects.exclude(status=ConnectionStatus.SIGN_IN).get()
    assert (shown.status, f"{shown.at:%H:%M:%S}", shown.duration_seconds) == ("ended", "01:00:00", 5400)
    assert everything()["failures"] == []


def test_a_reset_of_a_sign_in_that_never_had_an_address_ends_no_connection() -> None:
    keep([waiting(1, at="2026-11-20 00:59:50"), ended(1, client_ip="NA", connection_start_time="NA")])
    assert only().status == ConnectionStatus.UNFINISHED
    empty()
    keep([waiting(1, at="2026-11-20 00:59:50"), ended(1)])
    assert only().status == ConnectionStatus.ENDED


def test_a_reset_ends_a_connection_whatever_time_it_tells() -> None:
    keep([started(), ended(at="2026-11-20 00:30:00")])
    row = Connection.objects.get()
    assert (row.status, row.duration_seconds) == ("ended", 0)


def test_the_reset_of_a_first_leg_with_the_same_id_ends_no_connection() -> None:
    keep([waiting(1, at="2026-11-20 00:58:00"), ended(1, at="2026-11-20 00:59:00"), started(1)])
    row = Connection.objects.get()
    assert (row.status, row.ended_at, row.duration_seconds) == ("open", None, None)


def test_an_outcome_that_turns_out_to_have_been_earlier_finishes_no_sign_in() -> None:
    lines = [waiting(1, at="2026-11-20 02:20:00"), ended(2, connection_start_time=None), started(2)]
    keep(lines)
    expected = everything()
    assert Connection.objects.get(connection_id__endswith="1").status == ConnectionStatus.UNFINISHED
    for order in itertools.permutations(lines):
        empty()
        for text in order:
            keep([text])
        assert everything() == expected


def test_a_person_keeps_nothing_of_a_connection_that_is_somebody_elses() -> None:
    keep([started(1, username="a"), started(2, username="a", connection_start_time="2026-11-20 05:00:00")])
    keep([ended(1, username="b")])
    [first, second] = ConnectionUser.objects.order_by("username")
    assert (first.connections, first.first_connected_at) == (1, Connection.objects.get(user=first).at)
    assert (second.connections, second.last_connected_at) == (1, Connection.objects.get(user=second).at)
    keep([started(2, username="b")])
    first.refresh_from_db()
    assert (first.connections, first.first_connected_at, first.last_connected_at) == (0, None, None)


def test_a_text_that_no_index_holds_is_left_out() -> None:
    longest = "".join(chr(number) for number in random.Random(1).sample(range(0x20000, 0x2A000), 1024))
    keep([started(username=longest), failed(2, at="2026-11-20 03:00:00", reason=longest)])
    assert ConnectionEvent.objects.count() == 2
    assert not ConnectionUser.objects.filter(username__startswith=longest[0]).exists()
    keep([started(3, username=longest[:256]), failed(4, at="2026-11-20 03:00:00", reason=longest[:256])])
    assert ConnectionUser.objects.filter(username=longest[:256]).exists()


def test_random_batches_of_a_busy_day_come_to_the_same() -> None:
    lines = [
        text
        for number in range(1, 60)
        for text in (
            waiting(1000 + number, at=f"2026-11-20 0{number % 7}:1{number % 10}:00"),
            started(number, connection_start_time=f"2026-11-20 0{number % 7}:1{number % 10}:07"),
            ended(
                number,
                connection_start_time=f"2026-11-20 0{number % 7}:1{number % 10}:07",
                at="2026-11-20 09:00:00",
            ),
            failed(2000 + number, at=f"2026-11-20 1{number % 7}:00:00"),
        )
    ]
    keep(lines)
    expected = everything()
    shuffled = random.Random(7)
    for _ in range(3):
        empty()
        shuffled.shuffle(lines)
        for begin in range(0, len(lines), 17):
            keep(lines[begin : begin + 30])
        assert everything() == expected


def test_the_tallies_are_the_sums_of_the_rows() -> None:
    keep([*SIGN_IN, failed(7, at="2026-11-20 03:00:00"), waiting(8, at="2026-11-20 04:00:00")])
    totals = [sum(column) for column in list(zip(*ConnectionTally.objects.values_list(), strict=True))[2:]]
    assert totals == [1, 0, 1, 1, 5400]
    keep([started(9, connection_start_time="2026-11-20 05:00:00", client_ip="10.8.0.9")])
    assert sum(ConnectionTally.objects.values_list("open", flat=True)) == 1


def reused(*, address: dict[str, str]) -> list[str]:
    """tanaka had the address first, and nothing is known of the end; then sato, who left at four."""
    tanaka = {"username": "tanaka@example.co.jp", **address}
    sato = {
        "username": "sato@example.co.jp",
        "connection_start_time": "2026-11-20 03:00:00",
        **address,
    }
    return [
        started(1, **tanaka),
        started(2, connection_last_update_time="2026-11-20 03:00:00", **sato),
        ended(2, at="2026-11-20 04:00:00", **sato),
    ]


@pytest.mark.parametrize(
    "address", [{"client_ip": "10.8.0.34"}, {"client_ip": "NA", "client_ip_v6": "2001:db8::5"}]
)
def test_a_vpn_address_with_a_new_holder_ends_the_connection_before_it(address: dict[str, str]) -> None:
    lines = reused(address=address)
    keep(lines)
    expected = everything()
    first, second = Connection.objects.order_by("at")
    assert (first.status, first.ended_at, first.duration_seconds) == ("ended", None, None)
    assert first.latest_end_at == second.at
    assert (second.status, second.latest_end_at) == ("ended", None)
    for order in itertools.permutations(lines):
        empty()
        for text in order:
            keep([text])
        assert everything() == expected


def test_a_real_end_that_comes_late_still_wins() -> None:
    keep([*reused(address={"client_ip": "10.8.0.34"}), ended(1, client_ip="10.8.0.34")])
    first = Connection.objects.earliest("at")
    assert (first.latest_end_at, first.duration_seconds, f"{first.ended_at:%H:%M}") == (None, 5400, "02:30")


def test_the_same_address_at_another_endpoint_is_another_address() -> None:
    keep(
        [started(1), started(2, connection_start_time="2026-11-20 03:00:00", client_vpn_endpoint_id="cvpn-2")]
    )
    assert set(Connection.objects.values_list("status", flat=True)) == {"open"}


def test_a_holder_that_turns_out_to_have_had_another_address_ends_nothing() -> None:
    later = {"connection_start_time": "2026-11-20 03:00:00"}
    keep([started(1), started(2, **later)])
    assert Connection.objects.earliest("at").status == ConnectionStatus.ENDED
    keep([ended(2, at="2026-11-20 04:00:00", client_ip="10.8.0.9", **later)])
    first = Connection.objects.earliest("at")
    assert (first.status, first.latest_end_at) == ("open", None)


def test_the_next_holder_counts_and_not_the_one_after() -> None:
    third = started(3, connection_start_time="2026-11-20 05:00:00")
    keep([started(1), third])
    assert f"{Connection.objects.earliest('at').latest_end_at:%H}" == "05"
    keep([started(2, connection_start_time="2026-11-20 03:00:00")])
    assert [row.status for row in Connection.objects.order_by("at")] == ["ended", "ended", "open"]
    assert f"{Connection.objects.earliest('at').latest_end_at:%H}" == "03"


def test_who_was_still_there_after_somebody_else_began_lost_nothing_to_them() -> None:
    """The log contradicts itself: what it says of the connection itself counts."""
    keep([started(1), started(1, connection_last_update_time="2026-11-20 03:30:00")])
    keep([started(2, connection_start_time="2026-11-20 03:00:00")])
    assert set(Connection.objects.values_list("status", flat=True)) == {"open"}


def test_the_worker_writes_down_that_a_connection_is_over_after_24_hours() -> None:
    keep([started(1)])
    with time_machine.travel("2026-11-21 00:59:59Z", tick=False):
        assert close_overdue(now=timezone.now()) == 0
    with time_machine.travel("2026-11-21 01:00:00Z", tick=False):
        assert close_overdue(now=timezone.now()) == 1
        assert close_overdue(now=timezone.now()) == 0
        row = only()
        assert (row.status, row.ended_at, f"{row.latest_end_at:%d %H:%M}") == ("ended", None, "21 01:00")
        assert sum(ConnectionTally.objects.values_list("open", flat=True)) == 0
        closed = everything()
        empty()
        keep([started(1)])
        assert everything() == closed
        keep([ended(1)])
        assert (only().latest_end_at, only().duration_seconds) == (None, 5400)
