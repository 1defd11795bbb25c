"""Whether the queue answers, how much waits in it, and since when."""

import json
from datetime import datetime
from typing import Final

import redis
from celery import current_app
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily

from vpn.monitoring.ages import NEVER

TIMEOUT_SECONDS: Final = 2


def queue_gauges(now: datetime) -> list[GaugeMetricFamily]:
    """Without an answer of Redis the last two metrics have no sample: nothing is known about the queue."""
    waiting = _waiting()
    up = GaugeMetricFamily("genkan_queue_up", "1 if Redis answers, 0 if not.", value=waiting is not None)
    tasks = GaugeMetricFamily("genkan_queue_tasks", "Tasks that no worker has taken yet.")
    age = GaugeMetricFamily(
        "genkan_queue_age_seconds", "Seconds since the oldest of them was sent; 0 if none waits."
    )
    if waiting is not None:
        count, oldest = waiting
        tasks.add_metric([], count)
        age.add_metric([], _age_seconds(oldest, now) if oldest else 0)
    return [up, tasks, age]


def _waiting() -> tuple[int, bytes | None] | None:
    """The number of messages and the oldest one: kombu pushes to the left and takes from the right. None: no answer."""
    name = current_app.conf.task_default_queue
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        ) as client:
            count, oldest = client.pipeline(transaction=False).llen(name).lindex(name, -1).execute()
    except (redis.RedisError, OSError):
        return None
    return count, oldest


def _age_seconds(message: bytes, now: datetime) -> float:
    """portal.tasks writes the time of sending into the headers; messages of other programs don't have it."""
    sent_at = json.loads(message)["headers"].get("sent_at")
    return max(0.0, now.timestamp() - sent_at) if sent_at else NEVER
