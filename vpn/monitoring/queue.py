"""Whether the queue answers, how much waits in it, and since when."""

import json
from datetime import datetime
from typing import Final

import redis
from celery import current_app
from django.conf import settings

from vpn.monitoring.exposition import NEVER, Gauge

ANSWER_SECONDS: Final = 2


def queue_gauges(now: datetime) -> list[Gauge]:
    """Without an answer nothing is known of what waits: then there is no sample of the other two."""
    up = Gauge("genkan_queue_up", "1 if Redis answers, 0 if not.")
    waiting = Gauge("genkan_queue_tasks", "Tasks that no worker has taken yet.")
    age = Gauge("genkan_queue_age_seconds", "Seconds since the oldest of them was sent; 0 if none waits.")
    found = _waiting()
    up.add(found is not None)
    if found is not None:
        count, oldest = found
        waiting.add(count)
        age.add(_age(oldest, now) if oldest else 0)
    return [up, waiting, age]


def _waiting() -> tuple[int, bytes | None] | None:
    """How many, and the message that is taken next: kombu pushes to the left and takes from the right."""
    name = current_app.conf.task_default_queue
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        ) as client:
            count, oldest = client.pipeline(transaction=False).llen(name).lindex(name, -1).execute()
    except (redis.RedisError, OSError):
        return None
    return count, oldest


def _age(message: bytes, now: datetime) -> float:
    """portal.tasks writes the moment into the message's headers; others' messages don't say when they were sent."""
    sent_at = json.loads(message)["headers"].get("sent_at")
    return max(0.0, now.timestamp() - sent_at) if sent_at else NEVER
