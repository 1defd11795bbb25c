"""Endpoints and fixed addresses for scripts."""

from datetime import date

import pytest
from django.utils import timezone

from tests.vpn.api.conftest import Script
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.metrics.models import MetricDay, MetricSource


def test_it_lists_endpoints_with_how_old_that_is(script: Script) -> None:
    endpoint = save_endpoint(log_group="/genkan/log")
    save_connection(endpoint, "tanaka@example.co.jp")
    gone = save_endpoint("osaka-sub", vanished_at=timezone.now())
    first, second = script("/api/endpoints/").json()["endpoints"]
    assert (first["endpoint_id"], first["label"], first["connected"]) == (
        endpoint.endpoint_id,
        "tokyo-main",
        1,
    )
    assert first["egress_addresses"] == endpoint.egress_ips
    assert first["connection_logging"] is True
    assert first["seen_at"].endswith("Z")
    assert (second["endpoint_id"], second["connected"]) == (gone.endpoint_id, None)
    assert second["vanished_at"]


def test_one_endpoint_is_the_same_as_in_the_list(script: Script) -> None:
    endpoint = save_endpoint(error_id="aws-throttled")
    body = script(f"/api/endpoints/{endpoint.endpoint_id}/").json()
    assert [body] == script("/api/endpoints/").json()["endpoints"]
    assert body["error"] == "aws-throttled"


@pytest.mark.parametrize("endpoint_id", ["cvpn-endpoint-0", "%00"])
def test_an_unknown_endpoint_is_not_found(script: Script, endpoint_id: str) -> None:
    response = script(f"/api/endpoints/{endpoint_id}/")
    assert (response.status_code, response.json()["id"]) == (404, "not-found")


def test_fixed_addresses_are_those_of_endpoints_that_aws_has(script: Script) -> None:
    endpoint = save_endpoint()
    save_endpoint("osaka-sub", vanished_at=timezone.now(), egress_ips=["198.51.100.1"])
    assert [
        (row["address"], row["endpoint_id"], row["endpoint"])
        for row in script("/api/egress-addresses/").json()["egress_addresses"]
    ] == [(address, endpoint.endpoint_id, "tokyo-main") for address in endpoint.egress_ips]


def test_metrics_of_a_day_are_given_with_their_gaps_and_how_far_they_were_read(script: Script) -> None:
    endpoint = save_endpoint()
    values: list[float | None] = [None, 3.0, *[None] * 286]
    for resource in (endpoint.endpoint_id, "cvpn-endpoint-of-others"):
        MetricDay.objects.create(
            resource=resource, metric="ActiveConnectionsCount", day=date(2026, 11, 20), values=values
        )
    MetricSource.objects.create(account=endpoint.account, error_id="aws-access-denied")
    url = f"/api/endpoints/{endpoint.endpoint_id}/metrics/"
    body = script(f"{url}?day=2026-11-20").json()
    assert (body["period_seconds"], body["read_until"], body["error"]) == (300, None, "aws-access-denied")
    [series] = body["series"]
    assert (series["metric"], series["statistic"], series["values"]) == (
        "ActiveConnectionsCount",
        "Maximum",
        values,
    )
    assert script(url).json()["series"] == []
    assert script(f"{url}?day=nonsense").json()["id"] == "query-invalid"
    assert script("/api/endpoints/cvpn-endpoint-0/metrics/").status_code == 404
