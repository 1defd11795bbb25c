"""CloudWatch: the metrics of what the sandbox plays, beside those that somebody puts there."""

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.exceptions import CloudWatchException
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from sandbox.aws import metric_data, metrics
from sandbox.aws.errors import AwsError
from sandbox.aws.metric_points import metric_keys, published_points
from sandbox.aws.metrics import MetricKey
from sandbox.aws.world import WORLD

Handler = Callable[[Any], ActionResult]


class MotoMetricResources:
    """``MetricResources`` on moto."""

    def __init__(self, account: str, region: str) -> None:
        self._ec2 = ec2_backends[account][region]
        self._providers = iam_backends[account]["aws"].saml_providers
        self._tunnels = WORLD.region(account, region).tunnels

    def nat_gateways(self) -> list[str]:
        return [id_ for id_, gateway in self._ec2.nat_gateways.items() if gateway.state == "available"]

    def tunnels(self) -> list[tuple[str, str]]:
        return [
            (id_, tunnel.outside_ip)
            for id_, tunnels in self._tunnels.items()
            if id_ in self._ec2.vpn_connections
            for tunnel in tunnels
        ]

    def saml_metadata(self, arn: str) -> str:
        documents = (p.saml_metadata_document for p in self._providers.values() if p.arn == arn)
        return next(documents, "") or ""


def _get_metric_data(original: Handler) -> Handler:
    def handle(response: Any) -> ActionResult:
        params = response._get_params()
        queries = params.get("MetricDataQueries") or []
        if queries and not any(map(metric_data.is_ours, queries)):
            return original(response)
        account, region = response.current_account, response.region
        with WORLD.lock:
            resources = MotoMetricResources(account, region)

            def source(key: MetricKey, since: float, until: float) -> list[tuple[float, float]]:
                return published_points(WORLD, WORLD.region(account, region), resources, key, since, until)

            return _answer(lambda: metric_data.get_metric_data(params, source, now=WORLD.clock.now()))

    return handle


def _list_metrics(original: Handler) -> Handler:
    def handle(response: Any) -> ActionResult:
        params = response._get_params()
        if params.get("Namespace") not in metrics.RESOLUTION:
            return original(response)
        account, region = response.current_account, response.region
        with WORLD.lock:
            keys = metric_keys(WORLD.region(account, region), MotoMetricResources(account, region))
            return _answer(lambda: metric_data.list_metrics(params, keys))

    return handle


def _answer(act: Callable[[], dict[str, Any]]) -> ActionResult:
    try:
        return ActionResult(act())
    except AwsError as error:
        # Moto takes an error's code from its class.
        kind = type(error.code, (CloudWatchException,), {"code": error.code})
        raise kind(error.message) from error


def replacements() -> list[tuple[Any, str, Any]]:
    return [
        (CloudWatchResponse, "get_metric_data", _get_metric_data(CloudWatchResponse.get_metric_data)),
        (CloudWatchResponse, "list_metrics", _list_metrics(CloudWatchResponse.list_metrics)),
    ]
