"""Celery's own worker, killed for real while AWS is at it; and the next one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from portal.access.models import User
from sandbox.aws.control import Control
from tests.conftest import SignedIn
from tests.vpn.operations.asking import Ask, abandon
from vpn.endpoints.models import Endpoint
from vpn.operations.engine import tasks
from vpn.operations.models import Operation
from vpn.operations.requests.scripts import operation_json
from vpn.operations.states import OperationStatus

LAB = "192.168.77.0/24"
# Starting a worker takes many times longer when other tests keep all cores busy.
SECONDS = 180


@contextmanager
def worker(queue: str) -> Iterator[subprocess.Popen[bytes]]:
    """As docs/deploy.md starts one, but with the test's database and a queue of its own."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    command = [sys.executable, "-m", "celery", "-A", "portal.celery", "worker", "-P", "solo", "-Q", queue]
    environment = {**os.environ, "DATABASE_URL": database.geturl()}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, list(
            Operation.objects.values("status", "error_id", "error_message")
        )
        time.sleep(0.1)


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_a_worker_is_killed_and_the_next_one_finishes(
    endpoint: Endpoint,
    ask: Ask,
    control: Control,
    routes: Callable[[], set[tuple[str, str]]],
    takahashi: User,
    signed_in: SignedIn,
) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    operation = ask("create-route", endpoint, destination_cidr=LAB, target_subnet=subnet)
    queue = f"test-{operation.pk}"
    # The dry run is let through at once; the call itself hangs, and is carried out when its worker is dead.
    control.slow("CreateClientVpnRoute", 0, times=1)
    control.slow("CreateClientVpnRoute", 3, times=1)
    with worker(queue) as first:
        tasks.run.apply_async(args=(str(operation.pk),), queue=queue)
        wait_until(lambda: _has_acted(operation, queue))
        first.send_signal(signal.SIGKILL)
        first.wait(SECONDS)
    assert Operation.objects.get().status == OperationStatus.RUNNING
    assert_shown(operation, signed_in(takahashi), since_minutes=0)
    abandon(operation)
    assert_shown(operation, signed_in(takahashi), since_minutes=10)
    with worker(queue):
        tasks.run.apply_async(args=(str(operation.pk),), queue=queue)
        wait_until(lambda: Operation.objects.get().status != OperationStatus.RUNNING)
        wait_until(lambda: _ended(operation, queue))
    assert Operation.objects.get().status == OperationStatus.SUCCEEDED
    assert [route for route in routes() if route[0] == LAB] == [(LAB, "active")]
    assert settings.CELERY_TASK_ACKS_LATE


def assert_shown(operation: Operation, admin: Client, *, since_minutes: int) -> None:
    """Its page, the list and the API say the same of the worker: that it is dead, or nothing."""
    sign = f"no sign for {since_minutes} min" if since_minutes else "Running, step 2 of 2"
    assert sign in admin.get(operation.get_absolute_url()).content.decode()
    assert sign in admin.get("/operations/").content.decode()
    shown = operation_json(Operation.objects.get(pk=operation.pk))
    assert (shown["status"], bool(shown["no_sign_since"])) == ("running", bool(since_minutes))


def _has_acted(operation: Operation, queue: str) -> bool:
    send_again(operation, queue)
    return operation.steps.filter(acted_at__isnull=False).exists()


def _ended(operation: Operation, queue: str) -> bool:
    send_again(operation, queue)
    return operation.is_terminal


def send_again(operation: Operation, queue: str) -> None:
    """Beat's part: what waits is due, and is sent again. On busy cores a call may have been too slow once."""
    operation.refresh_from_db()
    if operation.status == OperationStatus.WAITING:
        Operation.objects.filter(pk=operation.pk).update(next_attempt_at=None)
        tasks.run.apply_async(args=(str(operation.pk),), queue=queue)
