"""Every metric of an endpoint, of the NAT gateways that it leaves by and of the tunnels beside it, in 24 hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vpn.endpoints.models import Endpoint, SiteToSiteVpn
from vpn.metrics.definitions import ENDPOINT_METRICS, NAT_METRICS, TUNNEL_STATE, CloudWatchMetric
from vpn.metrics.labels import LABELS, format_value
from vpn.metrics.queries import all_points
from vpn.metrics.series import nat_gateways, tunnel_resource

LENGTH: Final = timedelta(days=1)


@dataclass(frozen=True)
class MetricRow:
    """``value``: of what is counted the sum, of what is a level the latest; empty: CloudWatch has no point.

    ``about``: the NAT gateway or the tunnel; empty for the endpoint.
    """

    label: str
    name: str
    about: str
    value: str
    at: datetime | None


def metric_rows(endpoint: Endpoint, now: datetime) -> list[MetricRow]:
    """Those that have no point are at the end: AWS doesn't say when it publishes none."""
    wanted = [(endpoint.endpoint_id, "", metric) for metric in ENDPOINT_METRICS]
    for gateway in sorted(set(nat_gateways(endpoint))):
        wanted += [(gateway, gateway, metric) for metric in NAT_METRICS]
    lines = SiteToSiteVpn.objects.filter(account=endpoint.account, vanished_at=None)
    wanted += [
        (tunnel_resource(line, tunnel), f"{line} ({tunnel['outside_ip']})", TUNNEL_STATE)
        for line in lines
        for tunnel in line.tunnels
    ]
    series = all_points(
        {resource for resource, _about, _metric in wanted},
        {metric.name for _resource, _about, metric in wanted},
        now - LENGTH,
        now,
    )
    rows = [
        _row(metric, about, [pair for pair in series.get((resource, metric.name), []) if pair[1] is not None])
        for resource, about, metric in wanted
    ]
    return sorted(rows, key=lambda row: not row.value)


def _row(metric: CloudWatchMetric, about: str, points: list[tuple[datetime, float | None]]) -> MetricRow:
    values = [value for _at, value in points if value is not None]
    label = str(LABELS[metric.name])
    if not values:
        return MetricRow(label, metric.name, about, "", None)
    value = sum(values) if metric.statistic == "Sum" else values[-1]
    return MetricRow(label, metric.name, about, format_value(metric.name, value), points[-1][0])
