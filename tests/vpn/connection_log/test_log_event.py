"""A line that is handed on as it is comes to the same as one that is read value by value, or is left to that."""

import json
import random
from datetime import UTC, datetime

import pytest

from bench.log_lines import published
from tests.vpn.connection_log.log_lines import (
    LATEST,
    assertion_received,
    ended,
    failed,
    line,
    started,
    waiting,
)
from vpn.connection_log.log_event import UnreadableEvent, parse
from vpn.connection_log.log_row import regular, row_of

HOSTILE = [
    "",
    "null",
    "[]",
    "{}",
    '{"connection-id": 7}',
    "NaN",
    '{"a": ' * 2000,
    "\ud83d",
    line(username="\ud83d"),
    line(username="a\0b"),
    line(client_ip="10.8.0.2", client_ip_v6="2001:db8::7"),
    line(username="a" * 2000),
    line(username=7),
    line(username=None),
    line(username=["x"]),
    line(port="70000"),
    line(port="-1"),
    line(port="٣"),
    line(port="1.5"),
    line(ingress_bytes="9" * 19),
    line(ingress_bytes="9" * 5000),
    line(ingress_bytes="0001"),
    line(device_ip="fe80::1%eth0"),
    line(device_ip="2001:DB8::1"),
    line(device_ip="300.1.1.1"),
    line(client_ip="-", client_ip_v6=""),
    line(connection_id="NA"),
    line(connection_id="a b"),
    line(connection_id=None),
    line(client_vpn_endpoint_id="x" * 65),
    line(connection_start_time="2026-13-01 00:00:00"),
    line(connection_start_time="2026-02-30 00:00:00"),
    line(connection_start_time="1999-01-01 00:00:00"),
    line(connection_last_update_time="NA"),
    line(connection_last_update_time="2100-01-01 00:00:00"),
    line(connection_last_update_time="NA", connection_start_time="NA"),
    line(connection_log_type="else"),
    line(connection_attempt_status="else"),
    line(connection_reset_status="assertion-received"),
    line(connection_log_type="connection-reset", connection_reset_status=None),
    line(authorization_policy_evaluation={"result": "deny", "device-token-status": {"a": [1, None]}}),
    started()[:-1] + ', "username": "the last one stands"}',
    " " + started() + "\n",
    "\ufeff" + started(),
]
REGULAR = [
    started(),
    ended(),
    failed(at="2026-11-20 01:00:00"),
    waiting(at="2026-11-20 01:00:00"),
    assertion_received(at="2026-11-20 01:00:00"),
    json.dumps(json.loads(started()), indent=4),
    *(
        one.text
        for one in published(events=300, seed=3, begin=datetime(2026, 11, 1, tzinfo=UTC), seconds=9e4)
    ),
]


def check(text: str) -> None:
    row = regular(text, latest=LATEST)
    try:
        event = parse(text, latest=LATEST)
    except UnreadableEvent:
        assert row is None
    else:
        assert row in (None, row_of(event))
        assert row is None or not event.left_out


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_lines_are_read_the_same_both_ways(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"port": 443, "ingress_bytes": 10**15}, {"port": 443, "ingress_bytes": 10**15}),
        ({"port": True, "egress_bytes": 1.0}, {"port": None, "egress_bytes": 0}),
        ({"port": 70000, "egress_packets": -1}, {"port": None, "egress_packets": 0}),
        ({"device_ip": "::ffff:198.51.100.27"}, {"device_ip": "198.51.100.27"}),
        ({"username": "あ" * 400, "device_type": "x" * 1024}, {"username": None, "device_type": "x" * 1024}),
        ({"something": 1, "port": 7.5, "username": "\ud83d"}, {"port": None, "username": "?"}),
    ],
)
def test_values_that_are_written_in_another_way_are_read_where_they_are_clear(
    fields: dict[str, object], told: dict[str, object]
) -> None:
    huge = fields.pop("something", None)
    text = line(**fields)
    if huge:
        text = text[:-1] + f', "something": {"9" * 5000}' + "}"
    event = parse(text, latest=LATEST)
    assert {name: getattr(event, name) for name in told} == told


def test_regular_lines_are_handed_on_and_read_the_same_both_ways() -> None:
    for text in REGULAR:
        assert regular(text, latest=LATEST)
        check(text)


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "-"},
        {"username": "a\\b"},
        {"username": "a\tb"},
        {"username": "a\nb"},
        {"username": "\\N"},
        {"common_name": ""},
        {"device_ip": "010.8.0.2"},
        {"device_ip": "1.2.3"},
        {"device_ip": "::ffff:198.51.100.27"},
        {"device_ip": "2001:db8:0::1"},
        {"port": "65536"},
        {"ingress_bytes": "NA"},
        {"ingress_bytes": "007"},
        {"connection_id": "cvpn\\connection"},
        {"connection_end_time": "2026-02-29 00:00:00"},
        {"connection_last_update_time": "2026-11-20  1:00:00"},
    ],
)
def test_a_value_that_is_not_as_it_should_be_is_looked_at_closely(fields: dict[str, str]) -> None:
    text = line(**fields)
    assert regular(text, latest=LATEST) is None
    check(text)


def test_lines_that_were_damaged_anywhere_are_read_the_same_both_ways() -> None:
    chance = random.Random(11)
    for text in REGULAR * 5:
        characters = list(text)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(characters))
            characters[place] = chance.choice('"\\{}[],:0 NA\0é\ud800')
        check("".join(characters))
