"""The reference number of a request, on its way to the log lines of a real worker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.access.models import User
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.tasks import log_head
from portal.celery import TASK_PACKAGES
from portal.logs import RequestIdMiddleware
from portal.schedule import beat_schedule
from tests.conftest import SignedIn

ROOT = Path(__file__).resolve().parent.parent.parent
QUEUE = "of-this-test-alone"


class Worker:
    """A worker as in production, on this process's test database; its log is read as it is written."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def lines_of_next_task(self) -> list[dict[str, Any]]:
        """What it logs until a task has succeeded."""
        assert self._process.stderr is not None
        lines: list[dict[str, Any]] = []
        for line in self._process.stderr:
            lines.append(json.loads(line) if line.startswith("{") else {"event": line})
            if " succeeded in " in lines[-1]["event"]:
                return lines
        raise AssertionError(f"The worker has ended: {lines}")


@pytest.fixture(scope="module")
def worker(django_db_setup: None) -> Iterator[Worker]:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    command = [sys.executable, "-m", "celery", "--app", "portal", "--quiet", "worker", "--queues", QUEUE]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stderr=subprocess.PIPE, text=True
    ) as process:
        yield Worker(process)
        process.send_signal(signal.SIGTERM)
        process.communicate()


def sent_by_a_request() -> str:
    """Its reference number."""

    def view(request: HttpRequest) -> HttpResponse:
        log_head.apply_async(queue=QUEUE)
        return HttpResponse()

    return RequestIdMiddleware(view)(RequestFactory().get("/"))["X-Request-ID"]


@pytest.mark.django_db(transaction=True)
def test_the_reference_number_of_a_request_is_in_the_log_lines_of_its_task(worker: Worker) -> None:
    record(Tag.SIGN_IN_FAILED, actor_username="nobody")
    reference = sent_by_a_request()
    lines = worker.lines_of_next_task()
    logged = [line for line in lines if line["event"] == "audit head" or " succeeded in " in line["event"]]
    assert [line["reference"] for line in logged] == [reference, reference]
    assert {line["task"] for line in logged} == {"portal.audit.tasks.log_head"}


@pytest.mark.django_db(transaction=True)
def test_what_nobody_asked_for_gets_a_number_of_its_own(worker: Worker) -> None:
    record(Tag.SIGN_IN_FAILED, actor_username="nobody")
    structlog.contextvars.clear_contextvars()
    log_head.apply_async(queue=QUEUE)
    lines = worker.lines_of_next_task()
    (head,) = [line for line in lines if line["event"] == "audit head"]
    assert len(head["reference"]) == 11


def test_a_page_has_the_number_that_its_log_lines_have(tanaka: User, signed_in: SignedIn) -> None:
    response = signed_in(tanaka).get("/")
    assert response["X-Request-ID"] in response.content.decode()


def test_a_worker_knows_every_task_that_beat_sends() -> None:
    """A worker throws away a task that it doesn't know, and only its log says so."""
    packages = {
        entry["task"].rpartition(".tasks.")[0] for entry in beat_schedule(snapshot_seconds=60).values()
    }
    assert packages <= set(TASK_PACKAGES)
