from collections import Counter, defaultdict
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from itertools import takewhile

import pytest

from sandbox.aws.attempts import REASONS as AWS_REASONS
from sandbox.company import HOME_ADDRESS, OFFICE_NETWORK, OSAKA, TOKYO
from sandbox.traffic.model import REASONS, TOKYO_TIME, Planned, plan
from sandbox.traffic.people import people

MONDAY = datetime(2026, 11, 16, tzinfo=TOKYO_TIME)
WEEK = timedelta(days=7)


def planned(
    *, count: int = 40, seed: int = 7, begin: datetime = MONDAY, span: timedelta = WEEK
) -> list[Planned]:
    end = (begin + span).timestamp()
    return list(
        takewhile(lambda action: action.at < end, plan(count=count, seed=seed, begin=begin.timestamp()))
    )


@pytest.fixture(scope="module")
def week() -> list[Planned]:
    return planned()


def spans(actions: list[Planned]) -> dict[str, tuple[Planned, float]]:
    """Each session that the plan ends: its connect, and when it disconnects."""
    ends = {action.key: action.at for action in actions if action.do == "disconnect"}
    return {a.key: (a, ends[a.key]) for a in actions if a.do == "connect" and a.key in ends}


def test_the_same_seed_plans_the_same_and_another_one_something_else(week: list[Planned]) -> None:
    assert [vars(action) for action in planned()] == [vars(action) for action in week]
    assert [action.key for action in planned(seed=8)] != [action.key for action in week]


def test_a_plan_is_in_order_of_time(week: list[Planned]) -> None:
    moments = [action.at for action in week]
    assert moments == sorted(moments)


def test_a_plan_that_begins_later_agrees_on_who_begins_after_that(week: list[Planned]) -> None:
    wednesday = MONDAY + timedelta(days=2, hours=10)
    later = planned(begin=wednesday, span=timedelta(hours=8))
    begun = {action.key for action in later if action.do == "connect"}
    assert begun
    assert begun <= {action.key for action in week}


def test_it_has_no_end() -> None:
    stream = plan(count=1, seed=7, begin=MONDAY.timestamp())
    month = MONDAY + timedelta(days=31)
    assert next(action for action in stream if action.at > month.timestamp())


def test_people_work_in_office_hours_of_tokyo_on_weekdays(week: list[Planned]) -> None:
    connects: Counter[str] = Counter()
    for action in week:
        there = datetime.fromtimestamp(action.at, TOKYO_TIME)
        if action.do == "connect":
            office = there.weekday() < 5 and 8 <= there.hour < 19
            connects["weekend" if there.weekday() >= 5 else "office" if office else "else"] += 1
    assert connects["office"] > 4 * (connects["weekend"] + connects["else"])
    assert connects["weekend"] > 0
    assert connects["else"] > 0


def test_sessions_are_long_and_short(week: list[Planned]) -> None:
    lengths = [end - connect.at for connect, end in spans(week).values()]
    assert min(lengths) < 10 * 60
    assert max(lengths) > 5 * 3600


def test_some_people_are_connected_with_several_devices_at_once(week: list[Planned]) -> None:
    together = defaultdict(list)
    for connect, end in spans(week).values():
        together[connect.username].append((connect.at, end, connect.device_type))
    overlapping = [
        (first, second)
        for sessions in together.values()
        for first in sessions
        for second in sessions
        if first[0] < second[0] < first[1] and first[2] != second[2]
    ]
    assert overlapping
    assert {action.device_type for action in week} == {"win", "mac", "linux"}


def test_dropped_devices_connect_again_soon_and_sometimes_from_elsewhere(week: list[Planned]) -> None:
    ends = [(action.at, action) for action in week if action.do == "disconnect"]
    begins = defaultdict(list)
    for action in week:
        if action.do == "wait":
            begins[action.username].append(action)
    again = [
        (ended, begun)
        for at, ended in ends
        for begun in begins[ended.username]
        if 0 < begun.at - at < 90 and begun.device_type == ended.device_type
    ]
    assert len(again) > 20
    assert any(ended.device_ip != begun.device_ip for ended, begun in again)


def test_every_connection_waits_for_its_assertion_first(week: list[Planned]) -> None:
    done = defaultdict(list)
    for action in week:
        done[action.key].append(action.do)
    for steps in done.values():
        assert steps[0] == "wait"
    ways = {tuple(dict.fromkeys(steps)) for steps in done.values()}
    assert {("wait",), ("wait", "fail"), ("wait", "connect", "count", "disconnect")} <= ways


def test_attempts_fail_for_reasons_that_the_sandbox_knows(week: list[Planned]) -> None:
    assert {action.reason for action in week if action.do == "fail"} == set(REASONS)
    assert set(REASONS) <= set(AWS_REASONS)


def test_some_forget_to_disconnect_until_the_session_times_out() -> None:
    actions = planned(count=60)
    ended = {action.key for action in actions if action.do == "disconnect"}
    first_days = (MONDAY + timedelta(days=5)).timestamp()
    assert {a.key for a in actions if a.do == "connect" and a.at < first_days} - ended


def test_addresses_are_from_the_blocks_for_documentation_and_not_the_office_s(week: list[Planned]) -> None:
    blocks = [ip_network("198.51.100.0/24"), ip_network("192.0.2.0/24")]
    for address in {ip_address(action.device_ip) for action in week}:
        assert any(address in block for block in blocks)
        assert address not in ip_network(OFFICE_NETWORK)


def test_most_connect_to_tokyo_and_engineers_sometimes_to_osaka(week: list[Planned]) -> None:
    labels = Counter(action.label for action in week if action.do == "connect")
    assert labels[TOKYO.label] > labels[OSAKA.label] > 0
    assert set(labels) == {TOKYO.label, OSAKA.label}


def test_the_company_s_own_people_come_first_and_nobody_twice() -> None:
    users = people(300, seed=7)
    assert (users[0].username, users[0].home) == ("m.tanaka@example.co.jp", HOME_ADDRESS)
    names = [user.username for user in users]
    assert len(set(names)) == 300
    assert "z.muller@example.co.jp" not in names
    assert people(3, seed=7) == users[:3]


def test_counters_grow_with_more_received_than_sent(week: list[Planned]) -> None:
    counted = [action.counters for action in week if action.do in {"count", "disconnect"}]
    assert min(min(counters.values()) for counters in counted) >= 0
    assert sum(c["egress_bytes"] for c in counted) > 5 * sum(c["ingress_bytes"] for c in counted)
    assert not [action for action in week if action.counters and action.do in {"wait", "connect", "fail"}]
