"""``manage.py import_connections``: what it reads, what it prints, and its exit status."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from portal.locks import AdvisoryLock
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.vpn.connection_log.ingest.published import GROUP, publish
from tests.vpn.connection_log.log_lines import ended, started
from vpn.connection_log.ingest.models import Backfill
from vpn.connection_log.models import Connection, LogSource
from vpn.management.commands.import_connections import moment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(synced: Architecture, settings: Settings) -> None:
    settings.LOG_REQUESTS_PER_SECOND = 25


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, and what was printed on both."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_connections", *arguments, stdout=out, stderr=err)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_it_says_for_each_log_group_what_was_new(aws: str) -> None:
    publish(aws, [started(), "no JSON"])
    status, out, err = run()
    assert f"tokyo {GROUP}: 2 lines, 1 new events, 1 new unreadable\n" in out
    assert "osaka /genkan/clientvpn/osaka-dr: 0 lines" in out
    assert (status, err) == (0, "")
    assert f"{GROUP}: 2 lines, 0 new events, 0 new unreadable" in run()[1]


def test_one_group_alone_as_json(aws: str) -> None:
    publish(aws, [started(), ended()])
    status, out, _err = run("--group", GROUP, "--json")
    assert status == 0
    assert json.loads(out) == [
        {
            "account": "tokyo",
            "log_group": GROUP,
            "lines": 2,
            "events": 2,
            "unreadable": 0,
            "busy": False,
            "error": None,
        }
    ]
    assert LogSource.objects.get(log_group=GROUP).read_until is not None
    assert set(LogSource.objects.exclude(log_group=GROUP).values_list("read_until", flat=True)) == {None}


@pytest.mark.parametrize("more", [(), ("--since", "2d")])
def test_a_group_that_nobody_writes_into_is_said(more: tuple[str, ...]) -> None:
    status, out, err = run("--group", "/other", *more)
    assert (status, out, err) == (1, "", "No endpoint that has been seen writes into /other.\n")


@pytest.mark.parametrize("more", [(), ("--since", "2d")])
def test_what_aws_refuses_is_an_error_in_words_and_in_json(
    control: Control, hurried: None, more: tuple[str, ...]
) -> None:
    control.fail("FilterLogEvents", "AccessDeniedException", region=TOKYO.region)
    status, out, err = run(*more)
    assert status == 1
    assert f"tokyo {GROUP}: " in err
    assert "osaka" in out
    status, out, _err = run("--json", "--group", GROUP, *more)
    [told] = json.loads(out)
    assert (status, told["error"]["id"], told["error"]["code"]) == (
        1,
        "aws-access-denied",
        "AccessDeniedException",
    )


def test_since_reads_what_was_published_from_that_day_on_and_what_is_older_not(aws: str) -> None:
    now = timezone.now()
    publish(aws, [started(1)], at=now - timedelta(days=9), stream="old")
    publish(aws, [started(2)], at=now - timedelta(days=2), stream="new")
    assert f"{GROUP}: 1 lines, 1 new events" in run("--since", "5d")[1]
    assert f"{GROUP}: 2 lines, 1 new events" in run("--since", f"{now - timedelta(days=20):%Y-%m-%d}")[1]
    assert Connection.objects.count() == 2
    assert Backfill.objects.filter(finished_at=None).count() == 0
    # The beat's own cursor is none of its business.
    assert LogSource.objects.get(log_group=GROUP).read_until is None


def test_a_backfill_that_another_process_does_is_left_to_it() -> None:
    run("--group", GROUP)
    other = connection.copy()
    with other.cursor() as cursor:
        row = LogSource.objects.get(log_group=GROUP)
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [AdvisoryLock.LOG_BACKFILL, row.pk])
        status, _out, err = run("--since", "2d", "--group", GROUP)
    other.close()
    assert (status, err) == (1, f"tokyo {GROUP}: being read by another process\n")


@time_machine.travel(datetime(2026, 11, 23, 1, 41, tzinfo=UTC), tick=False)
def test_a_day_begins_at_midnight_of_the_portals_zone() -> None:
    assert moment("2026-11-01").isoformat() == "2026-11-01T00:00:00+09:00"
    assert moment("2026-11-23").isoformat() == "2026-11-23T00:00:00+09:00"
    assert moment("90d").isoformat() == "2026-08-25T00:00:00+09:00"


@pytest.mark.parametrize("text", ["2026-02-30", "yesterday", "0d", "-1d", "99999d", "2099-01-01", "", "１d"])
def test_what_is_no_past_day_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(CommandError, match="neither a past date like 2026-11-01 nor days like 90d"):
        call_command("import_connections", f"--since={text}", stdout=io.StringIO())
