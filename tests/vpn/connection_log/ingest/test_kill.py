"""Real processes that read a real HTTP server: killed, at once, again. What is stored is what the log holds."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.log_lines import published
from tests.vpn.connection_log.test_store import everything
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log import partitions
from vpn.connection_log.ingest.models import Backfill
from vpn.connection_log.log_event import parse
from vpn.connection_log.models import Connection, ConnectionEvent, LogSource

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]
EVENTS: Final = 30_000
GROUP: Final = "/vpn/tokyo"
HOURS: Final = 30


@pytest.fixture
def until() -> datetime:
    # The last connections end a little later than that.
    return timezone.now().replace(microsecond=0) - timedelta(hours=3)


@pytest.fixture
def log(until: datetime) -> Iterator[str]:
    save_endpoint(log_group=GROUP)
    command = [sys.executable, "-m", "bench.log_server", "--events", str(EVENTS), "--hours", str(HOURS)]
    command += ["--until", until.isoformat(), "--delay", "0.1", "--empty-every", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
    with connection.cursor() as cursor:
        for table in partitions.existing():
            cursor.execute(f"DROP TABLE {table.name}")


def importing(url: str, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """As an operator starts it, on the tests' own database."""
    database = settings.DATABASES["default"]
    address = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{address}/{connection.settings_dict['NAME']}",
        "AWS_ENDPOINT_URL": url,
        "VPN_ACCOUNTS": '[{"name": "tokyo", "region": "ap-northeast-1"}]',
        "LOG_REQUESTS_PER_SECOND": "25",
    }
    command = [sys.executable, "manage.py", "import_connections", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)


def in_a_terminal(url: str, *arguments: str) -> tuple[int, str, str]:
    """Exit status, what it printed, and what it drew for somebody who watches."""
    ours, theirs = pty.openpty()
    with importing(url, *arguments, stderr=theirs) as process:
        os.close(theirs)
        told, _ = process.communicate(timeout=120)
    drawn = b""
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 65536):
            drawn += piece
    os.close(ours)
    return process.returncode, told, drawn.decode()


def finish(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=120)
    return process.returncode


def wait_for_events(count: int) -> None:
    deadline = time.monotonic() + 60
    while ConnectionEvent.objects.count() < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def check_against_the_log(until: datetime) -> None:
    """The same questions, asked of the raw log."""
    begin = until - timedelta(hours=HOURS)
    lines = [
        log_event.text for log_event in published(events=EVENTS, seed=7, begin=begin, seconds=HOURS * 3600)
    ]
    events = [parse(text, latest="2099-01-01 00:00:00") for text in lines]
    assert ConnectionEvent.objects.count() == len({event.digest for event in events})
    assert Connection.objects.count() == len({event.connection_id for event in events})
    ended = {event.connection_id: event for event in events if event.ended_at}
    assert Connection.objects.filter(status="ended").count() == len(ended)
    some = Connection.objects.filter(connection_id__in=list(ended)[:50])
    assert {(row.connection_id, row.egress_bytes) for row in some} == {
        (log_event.connection_id, log_event.egress_bytes) for log_event in list(ended.values())[:50]
    }
    assert LogSource.objects.get().events == len(lines)


def test_a_process_that_is_killed_anywhere_loses_and_doubles_nothing(log: str, until: datetime) -> None:
    for part in (1, 6_000, 15_000):
        with importing(log) as process:
            wait_for_events(part)
            process.send_signal(signal.SIGKILL)
    assert ConnectionEvent.objects.count() < EVENTS
    with importing(log) as process:
        assert finish(process) == 0
    check_against_the_log(until)
    before = everything()
    with importing(log, "--since", "3d") as process:
        assert finish(process) == 0
    assert everything() == before


def test_a_backfill_that_is_killed_goes_on_where_it_was(log: str, until: datetime) -> None:
    with importing(log, "--since", "3d") as process:
        while not Backfill.objects.filter(events__gt=0).exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    [stopped] = Backfill.objects.all()
    assert stopped.finished_at is None
    status, told, drawn = in_a_terminal(log, "--since", "3d", "--json")
    assert (status, json.loads(told)[0]["log_group"]) == (0, GROUP)
    assert f"\r{GROUP} [" in drawn
    assert "[##############################] 100% until" in drawn
    assert drawn.endswith(" lines (resumed)\r\n")
    [row] = Backfill.objects.all()
    assert (row.pk, row.finished_at is None) == (stopped.pk, False)
    check_against_the_log(until)


def test_processes_that_read_at_the_same_time_come_to_the_same(log: str, until: datetime) -> None:
    together = [importing(log), importing(log, "--since", "3d"), importing(log)]
    statuses = [finish(process) for process in together]
    # A second one of the same kind leaves the log group to the first, and says so.
    assert statuses[1] == 0
    assert 0 in (statuses[0], statuses[2])
    check_against_the_log(until)
    assert LogSource.objects.get().read_until is not None
    assert datetime.now(UTC) > until
