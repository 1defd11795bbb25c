"""Measures requests: the outermost middleware, so that all of the portal's own work is in it."""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Final

import redis
from django.http import HttpRequest, HttpResponseBase

from vpn.monitoring.durations import REQUESTS, Duration

# A request in so many seconds carries the durations of all to Redis: one round trip for each would be felt.
WRITE_EVERY_SECONDS: Final = 10


class RequestDurationMiddleware:
    """While Redis is down durations are lost, and one request in WRITE_EVERY_SECONDS waits for a second."""

    def __init__(
        self,
        get_response: Callable[[HttpRequest], HttpResponseBase],
        *,
        write_every_seconds: float = WRITE_EVERY_SECONDS,
    ) -> None:
        self.get_response = get_response
        self._write_every_seconds = write_every_seconds
        self._lock = Lock()
        self._waiting: list[Duration] = []
        self._written_at = time.monotonic()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        response = self.get_response(request)
        # None for what no view answered: files, redirects to SITE_URL, unknown paths
        view = request.resolver_match.view_name if request.resolver_match else ""
        self._add(((view, str(response.status_code)), time.monotonic() - began))
        return response

    def _add(self, duration: Duration) -> None:
        with self._lock:
            self._waiting.append(duration)
            if time.monotonic() - self._written_at < self._write_every_seconds:
                return
            durations, self._waiting = self._waiting, []
            self._written_at = time.monotonic()
        with suppress(redis.RedisError, OSError):
            REQUESTS.record(durations)
