"""Which series an account has, from the snapshots of its endpoints, NAT gateways and tunnels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vpn.aws.snapshots import MetricQuery
from vpn.endpoints.models import AwsAccount, Endpoint, SiteToSiteVpn
from vpn.metrics.definitions import ENDPOINT_METRICS, NAT_METRICS, TUNNEL_STATE, CloudWatchMetric

NAT_PREFIX = "nat-"


@dataclass(frozen=True)
class SeriesKey:
    """``resource`` and ``metric`` as in MetricDay; ``query`` is how CloudWatch is asked for it."""

    resource: str
    metric: str
    query: MetricQuery


def account_series(account: AwsAccount) -> list[SeriesKey]:
    """Of all that AWS still has, as far as we know. A series without points costs no more than its place in a call."""
    endpoints = Endpoint.objects.filter(account=account, vanished_at=None)
    keys = [key for endpoint in endpoints for key in _endpoint_series(endpoint)] + _tunnel_series(account)
    # Several endpoints may leave by one NAT gateway.
    return list(dict.fromkeys(keys))


def endpoint_series(endpoint: Endpoint) -> list[SeriesKey]:
    """Its own, those of the NAT gateways that it leaves by, and of the tunnels of its account."""
    return _endpoint_series(endpoint) + _tunnel_series(endpoint.account)


def _endpoint_series(endpoint: Endpoint) -> list[SeriesKey]:
    keys = [
        _key(endpoint.endpoint_id, metric, (("Endpoint", endpoint.endpoint_id),))
        for metric in ENDPOINT_METRICS
    ]
    gateways = sorted(set(nat_gateways(endpoint)))
    return keys + [
        _key(gateway, metric, (("NatGatewayId", gateway),)) for gateway in gateways for metric in NAT_METRICS
    ]


def _tunnel_series(account: AwsAccount) -> list[SeriesKey]:
    return [
        _key(
            tunnel_resource(line, tunnel),
            TUNNEL_STATE,
            (("VpnId", line.vpn_connection_id), ("TunnelIpAddress", tunnel["outside_ip"])),
        )
        for line in SiteToSiteVpn.objects.filter(account=account, vanished_at=None)
        for tunnel in line.tunnels
    ]


def nat_gateways(endpoint: Endpoint) -> Iterator[str]:
    """Those that the endpoint's subnets leave by."""
    for subnet in endpoint.egress:
        if subnet["via"].startswith(NAT_PREFIX):
            yield subnet["via"]


def tunnel_resource(line: SiteToSiteVpn, tunnel: dict[str, Any]) -> str:
    return f"{line.vpn_connection_id}/{tunnel['outside_ip']}"


def _key(resource: str, metric: CloudWatchMetric, dimensions: tuple[tuple[str, str], ...]) -> SeriesKey:
    query = MetricQuery(metric.namespace, metric.name, metric.statistic, dimensions)
    return SeriesKey(resource, metric.name, query)
