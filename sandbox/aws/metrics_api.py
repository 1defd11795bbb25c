"""The part of the control API that lets CloudWatch's metrics contradict what happens."""

from dataclasses import asdict, replace
from typing import Any

from sandbox.aws.errors import invalid
from sandbox.aws.metrics import CLIENT_VPN_METRICS, NAT, TUNNEL_STATE, MetricOverride
from sandbox.aws.world import WORLD

METRICS = frozenset({*CLIENT_VPN_METRICS, *NAT, TUNNEL_STATE})


class MetricsApi:
    """Each method answers one route with something JSON can hold; the world's lock is held."""

    def read_metrics(self) -> dict[str, Any]:
        return {
            "delay": WORLD.metric_delay,
            "overrides": [asdict(override) for override in WORLD.metric_overrides],
        }

    def set_metric(
        self, *, metric: str, value: float | None = None, resource: str = "", began_before: float = 0.0
    ) -> dict[str, Any]:
        """From ``began_before`` seconds ago on, each point of ``resource`` (empty: of all) is ``value``; None: missing.

        ``resource``: an endpoint's or NAT gateway's id, or ``vpn-…/`` and the outside address of a tunnel.
        """
        if metric not in METRICS:
            raise invalid(f"{metric} is not a metric. There are: {', '.join(sorted(METRICS))}")
        since = WORLD.clock.now() - began_before
        override = MetricOverride(resource=resource, metric=metric, value=value, since=since)
        WORLD.metric_overrides.append(override)
        return asdict(override)

    def free_metrics(self, *, metric: str = "") -> dict[str, Any]:
        """They follow what happens again, from now on; what CloudWatch has had until now stays."""
        now = WORLD.clock.now()
        WORLD.metric_overrides = [
            replace(override, until=now)
            if override.until is None and metric in {"", override.metric}
            else override
            for override in WORLD.metric_overrides
        ]
        return self.read_metrics()

    def delay_metrics(self, *, seconds: float) -> dict[str, Any]:
        """A point comes ``seconds`` after the end of its time."""
        WORLD.metric_delay = float(seconds)
        return self.read_metrics()
