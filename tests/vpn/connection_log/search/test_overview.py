"""Counts and bars: whatever they are made from, they are what counting the rows would give."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.vpn.connection_log.log_lines import connection_id, ended, failed, keep, started, waiting
from vpn.connection_log.search import overview as overviews
from vpn.connection_log.search import queries
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter
from vpn.connection_log.search.histogram_bins import MAX_BINS, bin_edges, bin_width
from vpn.connection_log.search.overview import FacetCount, overview_from_rows, search_overview

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OTHER = "cvpn-endpoint-00000000000000002"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def lines(many: int) -> list[str]:
    draw = random.Random(6)
    log_lines = []
    for number in range(1, many + 1):
        at = NOW - timedelta(seconds=draw.randrange(3 * 86400))
        times = {"connection_start_time": moment(at), "connection_last_update_time": moment(at)}
        who: dict[str, Any] = {
            "client_vpn_endpoint_id": draw.choice([OTHER, "cvpn-endpoint-00000000000000001"]),
            "device_ip": f"198.51.100.{number % 250}",
            "device_type": draw.choice(["win", "mac", "linux"]),
        }
        kind = draw.random()
        if kind < 0.6:
            end = moment(at + timedelta(minutes=20))
            log_lines.append(started(number, **times, **who))
            log_lines.append(ended(number, at=end, connection_start_time=moment(at), **who))
        elif kind < 0.7:
            log_lines.append(started(number, **times, **who))
        elif kind < 0.9:
            reason = draw.choice(["authorization-policy-deny", "client-connect-failed"])
            log_lines.append(failed(number, at=moment(at), reason=reason, **who))
        else:
            log_lines.append(waiting(number, at=moment(at), **who))
    return log_lines


RANGES: list[dict[str, Any]] = [
    {},
    {"since": NOW - timedelta(hours=50, minutes=3), "until": NOW - timedelta(minutes=17)},
    {"since": NOW - timedelta(days=2), "endpoint_id": OTHER},
    {"reason": "client-connect-failed", "since": NOW - timedelta(hours=31, minutes=1)},
    {"reason": "waiting-for-assertion"},
    {"outcome": OutcomeFilter.FAILED},
    {"outcome": OutcomeFilter.UNFINISHED},
    {"outcome": OutcomeFilter.CONNECTED},
    {"outcome": OutcomeFilter.ENDED},
    {"words": ("tanaka",)},
    {"device_type": "mac", "outcome": OutcomeFilter.FAILED},
]


FEW: list[dict[str, Any]] = [
    {},
    {"since": NOW - timedelta(hours=50, minutes=3), "until": NOW - timedelta(minutes=17)},
    {"device_type": "mac"},
    {"reason": "client-connect-failed"},
    {"words": ("nobody",)},
    {"connection_id": connection_id(1)},
]


@pytest.mark.django_db
def test_where_all_matches_are_on_the_page_counting_them_gives_the_same(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    keep(lines(60))
    for conditions in FEW:
        search = ConnectionSearch(**({"since": NOW - timedelta(days=3), "until": NOW} | conditions))
        rows = queries.newest(search, limit=200)
        asked, counted = search_overview(search), overview_from_rows(search, rows)
        assert counted == asked, conditions


@pytest.mark.django_db
@pytest.mark.parametrize("sample", [10_000, 20], ids=["all counted", "more than are counted"])
def test_counts_and_bars_are_those_of_the_rows(
    sample: int, monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    keep(lines(400))
    monkeypatch.setattr(overviews, "SAMPLE", sample)
    for conditions in RANGES:
        search = ConnectionSearch(**({"since": NOW - timedelta(days=3), "until": NOW} | conditions))
        result = search_overview(search)
        rows = {
            outcome: queries.matching(ConnectionSearch(**{**_fields(search), "outcome": outcome})).count()
            for outcome in (None, *OutcomeFilter)
        }
        if search.only_tallied or rows[None] <= sample:
            assert result.counts == {outcome: FacetCount(number) for outcome, number in rows.items()}, (
                conditions
            )
            _compare_bars(search, result)
        else:
            assert result.counts[None] == FacetCount(sample, more=True), conditions
            assert (result.sampled, result.bars) == (True, None)


def _fields(search: ConnectionSearch) -> dict[str, Any]:
    return {name: getattr(search, name) for name in search.__dataclass_fields__}


def _compare_bars(search: ConnectionSearch, result: overviews.SearchOverview) -> None:
    assert result.bars is not None
    for bar in result.bars:
        rows = queries.matching(
            ConnectionSearch(**{**_fields(search), "since": bar.since, "until": bar.until})
        )
        failures = rows.filter(status__in=["failed", "unfinished"]).count()
        assert (bar.connected, bar.failed) == (rows.count() - failures, failures), bar


@pytest.mark.django_db
def test_the_values_that_there_are_are_counted() -> None:
    keep(
        [
            started(1, device_type="mac"),
            started(2),
            failed(3, at="2026-11-20 04:00:00"),
            failed(4, at="2026-11-20 04:00:00", reason="NA"),
            waiting(5, at="2026-11-20 04:00:00", device_type="NA", device_ip="203.0.113.77"),
        ]
    )
    result = search_overview(
        ConnectionSearch(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
    )
    assert result.devices == [("win", 3), ("mac", 1)]
    assert result.reasons == [("authorization-policy-deny", 1), ("waiting-for-assertion", 1)]
    assert result.endpoints == [("cvpn-endpoint-0a1b2c3d4e5f60718", 5)]
    assert not result.sampled


@pytest.mark.django_db
@pytest.mark.parametrize("conditions", [{}, {"words": ("tanaka",)}, {"device_ip": "198.51.100.0/24"}])
def test_values_are_counted_within_the_outcome_that_is_asked_for(
    conditions: dict[str, Any], time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    keep(lines(200))
    if "device_ip" in conditions:
        conditions = {"device_ip": ip_network(conditions["device_ip"])}
    for outcome in (None, *OutcomeFilter):
        search = ConnectionSearch(NOW - timedelta(days=3), NOW, outcome=outcome, **conditions)
        result = search_overview(search)
        for value, number in result.devices:
            assert number == queries.matching(replace(search, device_type=value)).count(), (outcome, value)
        for value, number in result.endpoints:
            assert number == queries.matching(replace(search, endpoint_id=value)).count(), (outcome, value)


@pytest.mark.django_db
def test_a_connection_id_has_no_bars_because_it_is_looked_for_at_all_times() -> None:
    keep([started(1)])
    when = datetime(2025, 1, 1, tzinfo=UTC)
    result = search_overview(ConnectionSearch(when, when + timedelta(days=1), connection_id=connection_id(1)))
    assert result.counts[None] == FacetCount(1)
    assert result.bars is None


@pytest.mark.parametrize(
    "length",
    [
        timedelta(minutes=1),
        timedelta(hours=5),
        timedelta(days=1),
        timedelta(days=7),
        timedelta(days=400),
        timedelta(days=3650),
    ],
)
def test_there_are_never_too_many_bars_and_none_overlap(length: timedelta) -> None:
    since = datetime(2026, 11, 16, 15, 7, tzinfo=UTC)
    edges = bin_edges(since, since + length)
    assert (edges[0], edges[-1]) == (since, since + length)
    assert edges == sorted(set(edges))
    assert len(edges) - 1 <= MAX_BINS + 1


def test_a_week_has_bars_of_three_hours_that_begin_at_midnight() -> None:
    since = datetime(2026, 11, 16, 15, tzinfo=UTC)
    edges = bin_edges(since, since + timedelta(days=7))
    assert bin_width(edges[0], edges[-1]) == timedelta(hours=3)
    assert len(edges) == 57
    assert all(timezone.localtime(edge).minute == 0 for edge in edges)


def test_days_stay_days_when_the_clock_is_put_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with timezone.override(berlin):
        edges = bin_edges(datetime(2026, 9, 1, tzinfo=berlin), datetime(2026, 11, 20, tzinfo=berlin))
        assert {timezone.localtime(edge).hour for edge in edges} == {0}
