"""The points of a metric as its service publishes them, and which metrics there are."""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from cryptography import x509

from sandbox.aws import metrics
from sandbox.aws.authentication import FEDERATED, MUTUAL
from sandbox.aws.metrics import MetricHistory, MetricKey
from sandbox.aws.records import Endpoint
from sandbox.aws.world import Region, World

X509_CERTIFICATE: Final = re.compile(r"<(?:\w+:)?X509Certificate>([^<]+)<")
DAY: Final = 24 * 3600
Points = Iterator[tuple[float, float]]


class MetricResources(Protocol):
    """What of an account in a region has metrics, besides endpoints."""

    def nat_gateways(self) -> list[str]: ...

    def tunnels(self) -> list[tuple[str, str]]:
        """Ids of VPN connections, with each tunnel's outside address."""
        ...

    def saml_metadata(self, arn: str) -> str: ...


def metric_keys(region: Region, resources: MetricResources) -> list[MetricKey]:
    """Those that have points now, as ListMetrics lists them."""
    keys = [
        MetricKey(metrics.CLIENT_VPN, name, (("Endpoint", endpoint.id),))
        for endpoint in region.endpoints.values()
        for name in _names(endpoint)
    ]
    keys += [
        MetricKey(metrics.NAT_GATEWAY, name, (("NatGatewayId", nat_gateway),))
        for nat_gateway in resources.nat_gateways()
        for name in metrics.NAT
    ]
    keys += [
        MetricKey(metrics.TUNNEL, metrics.TUNNEL_STATE, (("TunnelIpAddress", address), ("VpnId", vpn)))
        for vpn, address in resources.tunnels()
    ]
    return keys


def _names(endpoint: Endpoint) -> Iterator[str]:
    """AWS doesn't document when a metric has no points: here those of what the endpoint doesn't use have none."""
    yield from (metrics.ACTIVE, metrics.FAILURES, *metrics.TRAFFIC)
    if endpoint.authenticates_by(FEDERATED):
        yield metrics.IDP_DAYS
    if endpoint.authenticates_by(MUTUAL) and endpoint.revocation_list:
        yield metrics.CRL_DAYS
    if endpoint.settings.get("SelfServicePortal") == "enabled":
        yield metrics.DOWNLOADS
    if endpoint.settings["ClientConnectOptions"].get("Enabled"):
        yield from metrics.HANDLER
    if endpoint.policy:
        yield from metrics.POLICY


def published_points(
    world: World, region: Region, resources: MetricResources, key: MetricKey, since: float, until: float
) -> list[tuple[float, float]]:
    """From ``since`` until before ``until``, by the moment at which each point's time begins."""
    step = metrics.RESOLUTION[key.namespace]
    now = world.clock.now()
    # What has not ended yet is not published, and the rest after a while.
    until = min(until, (now - world.metric_delay) // step * step)
    since = max(since, _began(region, now))
    if since >= until:
        return []
    overrides = [override for override in world.metric_overrides if override.metric == key.name]
    points = dict(_true_points(region, resources, key, since, until, step))
    for override in overrides:
        for number in range(int(since // step), int(-(-until // step))):
            moment = float(number * step)
            if not override.covers(key.resource, key.name, moment):
                continue
            if override.value is None:
                points.pop(moment, None)
            else:
                points[moment] = override.value
    return sorted((at, value) for at, value in points.items() if since - step < at < until)


def _began(region: Region, now: float) -> float:
    """When the first endpoint was made, or something happened in a past that was replayed."""
    moments = [endpoint.created_at for endpoint in region.endpoints.values()]
    moments += [began for history in region.metrics.values() if (began := history.began_at()) is not None]
    return min(moments, default=now)


def _true_points(
    region: Region,
    resources: MetricResources,
    key: MetricKey,
    since: float,
    until: float,
    step: int,
) -> Points:
    history = region.metrics.get(key.resource, MetricHistory())
    if key not in metric_keys(region, resources):
        return iter(())
    if key.name == metrics.TUNNEL_STATE:
        # A tunnel is up until somebody takes it down; the history has the changes.
        return history.heights(key.name, since, until, step, start=1.0)
    if key.name == metrics.ACTIVE:
        return history.heights(key.name, since, until, step)
    if key.name in {metrics.IDP_DAYS, metrics.CRL_DAYS}:
        ends = _end(region.endpoints[key.resource], resources, key.name)
        return _days_left(ends, since, until, step)
    return history.sums(key.name, since, until, step)


def _days_left(end: float | None, since: float, until: float, step: int) -> Points:
    if end is not None:
        for number in range(int(since // step), int(-(-until // step))):
            yield float(number * step), float((end - number * step) // DAY)


def _end(endpoint: Endpoint, resources: MetricResources, name: str) -> float | None:
    if name == metrics.CRL_DAYS:
        text = endpoint.revocation_list.text if endpoint.revocation_list else ""
        update = x509.load_pem_x509_crl(text.encode()).next_update_utc
        return update.timestamp() if update else None
    return min(_certificate_ends(endpoint, resources), default=None)


def _certificate_ends(endpoint: Endpoint, resources: MetricResources) -> Iterable[float]:
    for option in endpoint.authentication:
        arn = option.get("FederatedAuthentication", {}).get("SamlProviderArn", "")
        for text in X509_CERTIFICATE.findall(resources.saml_metadata(arn)):
            yield x509.load_der_x509_certificate(b64decode(text)).not_valid_after_utc.timestamp()
