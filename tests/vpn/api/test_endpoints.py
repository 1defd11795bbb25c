"""Endpoints and fixed addresses for scripts."""

import pytest
from django.utils import timezone

from tests.vpn.api.conftest import Script
from tests.vpn.endpoints_in_database import save_connection, save_endpoint


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
