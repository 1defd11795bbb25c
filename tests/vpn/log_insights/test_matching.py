"""What is joined without the database is what the database says of the same log."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone

from portal.access.models import User
from tests.vpn.connection_log.log_lines import (
    LATEST,
    assertion_received,
    ended,
    failed,
    keep,
    started,
    waiting,
)
from vpn.connection_log.join import JoinedConnection
from vpn.connection_log.log_event import parse
from vpn.connection_log.models import Connection
from vpn.connection_log.neighbours import join_log
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter
from vpn.connection_log.search.people import logged_usernames_with, usernames_of
from vpn.connection_log.search.queries import matching
from vpn.log_insights.matching import matches
from vpn.log_insights.results import FIELDS

pytestmark = pytest.mark.django_db

SINCE = datetime(2026, 11, 20, tzinfo=UTC)
RANGE: dict[str, Any] = {"since": SINCE, "until": SINCE + timedelta(days=1)}
LINES = [
    started(1),
    ended(1),
    ended(1, at="2026-11-20 02:10:00", ingress_bytes="5"),
    started(2, username="NA", common_name="device-7", device_type="mac", client_ip="10.9.0.1"),
    failed(3, at="2026-11-20 04:00:00"),
    failed(4, at="2026-11-20 04:30:00", reason="client-connect-failed", username="sato@example.co.jp"),
    waiting(5, at="2026-11-20 05:00:00", device_ip="203.0.113.7"),
    waiting(6, at="2026-11-20 06:00:00", device_ip="203.0.113.8"),
    assertion_received(6, at="2026-11-20 06:00:20", device_ip="203.0.113.8"),
    started(
        7,
        connection_start_time="2026-11-20 06:00:30",
        connection_last_update_time="2026-11-20 06:00:30",
        device_ip="203.0.113.8",
    ),
    waiting(8, at="2026-11-20 07:00:00", device_ip="203.0.113.9"),
    waiting(9, at="2026-11-20 07:05:00", device_ip="203.0.113.9"),
    failed(10, at="2026-11-20 07:06:00", device_ip="203.0.113.9"),
    ended(
        11,
        at="2026-11-20 08:30:00",
        connection_start_time="2026-11-20 08:00:00",
        username="Sato@Example.co.jp",
    ),
    started(
        12, connection_start_time="2026-11-21 08:00:00", connection_last_update_time="2026-11-21 08:00:00"
    ),
    started(
        13, client_ip_v6="2001:db8::5", device_ip="2001:db8::6", connection_start_time="2026-11-20 09:00:00"
    ),
    started(14, username="田中（兼）", connection_start_time="2026-11-20 10:00:00"),
    started(15, username="u-ABC", connection_start_time="2026-11-20 11:00:00"),
    started(16, username="u-abc", connection_start_time="2026-11-20 11:10:00"),
    started(17, username="U-ABC", connection_start_time="2026-11-20 11:20:00"),
]
SEARCHES: list[dict[str, Any]] = [
    {},
    {"words": ("tanaka",)},
    {"words": ("TANAKA", "example")},
    {"words": ("佐藤",)},
    {"words": ("佐藤", "sato@")},
    {"words": ("(営業)",)},
    {"words": ("(兼)",)},
    {"words": ("device",)},
    {"words": ("鈴木",)},
    *({"person": name} for name in ("u-ABC", "U-ABC", "U-abc", "SATO@example.co.jp", "device-7", "nobody")),
    {"address": ip_network("203.0.113.9/32")},
    {"address": ip_network("10.8.0.0/16")},
    {"address": ip_network("2001:db8::/64")},
    {"device_ip": ip_network("203.0.113.0/24")},
    {"client_ip": ip_network("10.9.0.0/24")},
    {"client_ip": ip_network("2001:db8::5/128")},
    {"endpoint_id": "cvpn-endpoint-0a1b2c3d4e5f60718"},
    {"endpoint_id": "cvpn-endpoint-1"},
    {"device_type": "mac"},
    {"reason": "authorization-policy-deny"},
    {"reason": "waiting-for-assertion"},
    *({"outcome": outcome} for outcome in OutcomeFilter),
    {"seconds_from": 3600},
    {"seconds_to": 1800},
    {"bytes_from": 2000},
    {"bytes_to": 100},
    {"connection_id": "cvpn-connection-0000000000000000c"},
]


def joined(search: ConnectionSearch) -> list[JoinedConnection]:
    events = [parse(line, latest=LATEST) for line in LINES]
    rows = list(join_log(events, now=timezone.now()))
    logged = {row.username for row in rows if row.username}
    people = logged_usernames_with(search.words, logged)
    usernames = usernames_of(search.person, logged) if search.person else ()
    return sorted(
        (row for row in rows if matches(row, search, people=people, usernames=usernames)),
        key=lambda row: (row.at, row.connection_id),
        reverse=True,
    )


@pytest.mark.parametrize("conditions", SEARCHES, ids=str)
def test_it_finds_what_the_search_of_the_stored_ones_finds(conditions: dict[str, Any], sato: User) -> None:
    User.objects.filter(pk=sato.pk).update(
        username="sato@example.co.jp", name="佐藤　健（営業）", email="ken@example.com"
    )
    # Two people, whom only the case of their names tells apart
    User.objects.create(username="u-ABC", name="鈴木 一郎")
    User.objects.create(username="u-abc", name="高橋 花子")
    keep(LINES)
    search = ConnectionSearch(**RANGE, **conditions)
    stored = matching(search).order_by("-at", "-connection_id").select_related("user")
    names = [row.user.username if row.user else None for row in stored]
    assert [(row.username, _values(row)) for row in joined(search)] == [
        (name, _values(row)) for name, row in zip(names, stored, strict=True)
    ]


def _values(row: Connection | JoinedConnection) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("at", *FIELDS)}
