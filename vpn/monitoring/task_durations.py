"""Measures tasks, by Celery's signals around each. Importing this module connects them (vpn/apps.py does)."""

import time
from contextlib import suppress
from typing import Any

import redis
from celery import Task
from celery.signals import task_postrun, task_prerun

from vpn.monitoring.durations import TASKS


@task_prerun.connect
def note_beginning(task: Task[..., Any], **_kwargs: Any) -> None:
    task.request.update(began_at=time.monotonic())


@task_postrun.connect
def record_duration(task: Task[..., Any], state: str | None, **_kwargs: Any) -> None:
    """``state`` is Celery's: SUCCESS, FAILURE, RETRY …"""
    began_at = task.request.get("began_at")
    if began_at is not None:
        with suppress(redis.RedisError, OSError):
            TASKS.record([((task.name, state or ""), time.monotonic() - began_at)])
