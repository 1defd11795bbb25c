"""The tab of an endpoint's page: both witnesses side by side, what isn't known, and every metric."""

import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import ENDPOINT, ended, failed, keep, started
from tests.vpn.connection_log.stored_log import read_log
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_summary.services import recount
from vpn.endpoints.models import Endpoint, SiteToSiteVpn
from vpn.metrics.latest import MetricRow, metric_rows
from vpn.metrics.models import MetricDay, MetricSource
from vpn.metrics.pages import WitnessRow, metrics_context
from vpn.metrics.services import position

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = f"/endpoints/{ENDPOINT}/?tab=metrics"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def endpoint() -> Endpoint:
    row = save_endpoint(endpoint_id=ENDPOINT)
    read_log()
    MetricSource.objects.create(account=row.account, read_until=NOW, seen_at=NOW, attempted_at=NOW)
    keep(
        [
            started(1, connection_start_time="2026-11-20 01:00:00"),
            ended(1, at="2026-11-20 02:30:00", connection_start_time="2026-11-20 01:00:00"),
            *(failed(number, at="2026-11-20 02:10:00") for number in (2, 3)),
        ]
    )
    return Endpoint.objects.get(pk=row.pk)


def publish(metric: str, values: dict[str, float], *, resource: str = ENDPOINT) -> None:
    """By the time of the day (UTC)."""
    row = MetricDay(resource=resource, metric=metric, day=NOW.date(), values=[None] * 288)
    for text, value in values.items():
        row.values[position(datetime.fromisoformat(f"2026-11-20T{text}Z"))] = value
    row.save()


def rows(endpoint: Endpoint, key: str, wanted: str = "day") -> dict[datetime, WitnessRow]:
    charts = {chart.key: chart for chart in metrics_context(endpoint, wanted, NOW)["charts"]}
    return {row.since: row for row in charts[key].rows}


def utc(hour: int, minute: int = 0) -> datetime:
    return NOW.replace(hour=hour, minute=minute)


def test_both_witnesses_stand_side_by_side_and_a_gap_stays_a_gap(endpoint: Endpoint) -> None:
    publish("ActiveConnectionsCount", {"01:05": 1, "01:10": 2, "02:25": 1, "03:00": 0})
    publish("AuthenticationFailures", {"02:10": 2, "02:15": 3})
    connected = rows(endpoint, "connected")
    assert len(connected) == 48
    assert [(connected[utc(1)].metric, connected[utc(1)].logged)] == [(2, 1)]
    assert (connected[utc(2)].metric, connected[utc(2)].logged) == (1, 1)
    assert (connected[utc(3)].metric, connected[utc(3)].logged) == (0, 0)
    # Nobody has a point of this half hour: not known, and no zero.
    assert (connected[utc(4)].metric, connected[utc(4)].logged) == (None, 0)
    assert (rows(endpoint, "failed")[utc(2)].metric, rows(endpoint, "failed")[utc(2)].logged) == (5, 2)
    # The log of the time before its first line isn't stored, and that of the last minutes may be on its way.
    assert connected[NOW - timedelta(hours=20)].logged is None


def test_a_week_and_a_quarter_count_the_same_in_longer_bars(endpoint: Endpoint) -> None:
    recount()
    publish("ActiveConnectionsCount", {"01:05": 1, "01:10": 2, "03:00": 0})
    week = rows(endpoint, "connected", "week")
    assert (len(week), week[utc(0)].metric, week[utc(0)].logged) == (56, 2, 1)
    quarter = rows(endpoint, "connected", "quarter")
    assert len(quarter) == 90
    assert (list(quarter.values())[-1].metric, list(quarter.values())[-1].logged) == (2, 1)
    assert list(rows(endpoint, "failed", "quarter").values())[-1].logged == 2
    assert rows(endpoint, "connected", "nonsense").keys() == rows(endpoint, "connected").keys()


def test_every_metric_has_its_latest_value_or_says_that_there_is_none(endpoint: Endpoint) -> None:
    SiteToSiteVpn.objects.create(
        account=endpoint.account,
        vpn_connection_id="vpn-1",
        name="office",
        state="available",
        tunnels=[{"outside_ip": "203.0.113.77", "status": "UP", "message": ""}],
        seen_at=NOW,
    )
    publish("IngressBytes", {"01:00": 2048, "02:00": 1024})
    publish("IdpCertDaysToExpiry", {"01:00": 31, "02:00": 30})
    publish("TunnelState", {"01:00": 1, "02:00": 0}, resource="vpn-1/203.0.113.77")
    with translation.override("en"):
        shown: dict[str, MetricRow] = {row.name: row for row in metric_rows(endpoint, NOW)}
    assert (shown["IngressBytes"].value, shown["IngressBytes"].at) == ("3.0 KB", utc(2))
    assert shown["IdpCertDaysToExpiry"].value == "30 days left"
    assert "203.0.113.77" in shown["TunnelState"].about
    assert (shown["CrlDaysToExpiry"].value, shown["CrlDaysToExpiry"].at) == ("", None)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_helpdesk_reads_the_tab_and_why_the_metrics_aren_t_known(
    endpoint: Endpoint, sato: User, signed_in: SignedIn, language: str
) -> None:
    publish("ActiveConnectionsCount", {"01:05": 1250})
    client = signed_in(sato, language)
    text = html.unescape(client.get(URL).content.decode())
    assert "1,250" in text
    assert "ErrorPortAllocation" not in text
    MetricSource.objects.update(error_id="aws-access-denied", error_code="AccessDenied")
    text = html.unescape(client.get(f"{URL}&range=week").content.decode())
    reason = {"en": "the portal's role lacks a permission", "ja": "権限"}[language]
    assert reason in text
    assert "AccessDenied" in text
    # What was read before is still shown.
    assert "1,250" in text
