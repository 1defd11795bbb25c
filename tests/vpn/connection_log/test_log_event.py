"""Whatever a line holds: it is read, or it is refused with what is wrong; what can't be used of it is named."""

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
from vpn.connection_log.values import storable

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
        line.text
        for line in published(events=300, seed=3, begin=datetime(2026, 11, 1, tzinfo=UTC), seconds=9e4)
    ),
]


def check(text: str) -> None:
    """It is refused, or all of it that is kept can be stored."""
    try:
        event = parse(text, latest=LATEST)
    except UnreadableEvent:
        return
    assert event.raw == storable(text)
    for value in (event.username, event.common_name, event.device_type, event.failure_reason):
        assert value is None or (value == storable(value) and len(value.encode()) <= 1024)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_lines_are_read_or_refused(text: str) -> None:
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


def test_lines_as_aws_writes_them_are_read_whole() -> None:
    for text in REGULAR:
        assert parse(text, latest=LATEST).left_out == ()


@pytest.mark.parametrize(
    ("fields", "value", "left_out"),
    [
        ({"username": "-"}, None, False),
        ({"username": "a\\b"}, "a\\b", False),
        ({"username": "a\tb"}, "a\tb", False),
        ({"username": "\\N"}, "\\N", False),
        ({"common_name": ""}, None, False),
        ({"device_ip": "010.8.0.2"}, None, True),
        ({"device_ip": "1.2.3"}, None, True),
        ({"device_ip": "::ffff:198.51.100.27"}, "198.51.100.27", False),
        ({"device_ip": "2001:db8:0::1"}, "2001:db8::1", False),
        ({"port": "65536"}, None, True),
        ({"ingress_bytes": "NA"}, 0, False),
        ({"ingress_bytes": "007"}, 7, False),
    ],
)
def test_a_value_is_read_or_left_out_by_name(
    fields: dict[str, str], value: object, *, left_out: bool
) -> None:
    event = parse(line(**fields), latest=LATEST)
    [name] = fields
    assert getattr(event, name) == value
    assert event.left_out == ((name.replace("_", "-"),) if left_out else ())


@pytest.mark.parametrize("name", ["connection_end_time", "connection_start_time"])
@pytest.mark.parametrize("moment", ["2026-02-29 00:00:00", "2026-11-20  1:00:00", "2100-01-01 00:00:00"])
def test_a_time_that_cannot_be_is_left_out(name: str, moment: str) -> None:
    assert parse(line(**{name: moment}), latest=LATEST).left_out == (name.replace("_", "-"),)


def test_an_id_may_hold_whatever_is_printed() -> None:
    assert parse(line(connection_id="cvpn\\connection"), latest=LATEST).connection_id == "cvpn\\connection"


def test_lines_that_were_damaged_anywhere_are_read_or_refused() -> None:
    chance = random.Random(11)
    for text in REGULAR * 5:
        characters = list(text)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(characters))
            characters[place] = chance.choice('"\\{}[],:0 NA\0é\ud800')
        check("".join(characters))
