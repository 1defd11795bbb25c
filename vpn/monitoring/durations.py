"""Histograms of how long requests and tasks take, counted in Redis: by all processes of all machines together.

prometheus_client counts in each process, or in files that the processes of one machine share; then every process would
have to be scraped by itself. Redis may lose the counts: Prometheus takes that for a restart.
"""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

import redis
from django.conf import settings
from prometheus_client.core import HistogramMetricFamily

TIMEOUT_SECONDS: Final = 1

# Values of the labels, and seconds
Duration = tuple[tuple[str, ...], float]


class DurationHistogram:
    """``buckets``: upper bounds in seconds, ascending; what is longer than the last is counted too."""

    def __init__(
        self, name: str, documentation: str, labels: Sequence[str], buckets: Sequence[float]
    ) -> None:
        self.name = name
        self.documentation = documentation
        self.labels = labels
        self.buckets = buckets
        self._key = f"genkan:durations:{name}"

    def record(self, durations: Iterable[Duration]) -> None:
        """Add to the counts. Raises redis.RedisError or OSError if Redis doesn't answer."""
        counts: Counter[tuple[tuple[str, ...], int]] = Counter()
        sums: dict[tuple[str, ...], float] = {}
        for labels, seconds in durations:
            counts[labels, bisect_left(self.buckets, seconds)] += 1
            sums[labels] = sums.get(labels, 0.0) + seconds
        with redis_client() as client:
            pipeline = client.pipeline(transaction=False)
            for (labels, bucket), count in counts.items():
                pipeline.hincrby(self._key, json.dumps([*labels, bucket]), count)
            for labels, seconds in sums.items():
                pipeline.hincrbyfloat(self._key, json.dumps([*labels, "sum"]), seconds)
            pipeline.execute()

    def collect(self) -> HistogramMetricFamily:
        """As Prometheus reads it; without samples if Redis doesn't answer."""
        family = HistogramMetricFamily(self.name, self.documentation, labels=self.labels)
        counts: dict[tuple[str, ...], list[int]] = {}
        sums: dict[tuple[str, ...], float] = {}
        for field, value in self._fields().items():
            *labels, bucket = json.loads(field)
            if bucket == "sum":
                sums[tuple(labels)] = float(value)
            else:
                counts.setdefault(tuple(labels), [0] * (len(self.buckets) + 1))[bucket] = int(value)
        bounds = [*map(str, self.buckets), "+Inf"]
        for labels, by_bucket in sorted(counts.items()):
            # Prometheus counts in each bucket what is in the smaller ones, too.
            buckets = list(zip(bounds, accumulate(by_bucket), strict=True))
            family.add_metric(labels, buckets, sum_value=sums.get(labels, 0.0))
        return family

    def _fields(self) -> dict[bytes, bytes]:
        try:
            with redis_client() as client:
                fields: dict[bytes, bytes] = client.hgetall(self._key)
                return fields
        except (redis.RedisError, OSError):
            return {}


def redis_client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


REQUESTS: Final = DurationHistogram(
    "genkan_request_seconds",
    "Seconds until the response begins, by the URL's name and the status.",
    labels=("view", "status"),
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
TASKS: Final = DurationHistogram(
    "genkan_task_seconds",
    "Seconds that a task ran in the worker, by its name and how it ended.",
    labels=("task", "state"),
    buckets=(0.1, 0.5, 1, 5, 30, 60, 300),
)
