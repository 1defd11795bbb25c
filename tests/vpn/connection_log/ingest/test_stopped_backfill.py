"""``--since`` reads everything from that day until now, also after one that was killed long ago."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from sandbox.aws.seed import Architecture
from tests.vpn.connection_log.ingest.published import GROUP, publish
from tests.vpn.connection_log.ingest.test_command import run
from tests.vpn.connection_log.log_lines import started
from vpn.connection_log.ingest.models import Backfill
from vpn.connection_log.models import Connection, LogSource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(synced: Architecture, settings: Settings) -> None:
    settings.LOG_REQUESTS_PER_SECOND = 25


def killed(*, since: datetime, until: datetime, read_until: datetime) -> None:
    """What a backfill leaves that was killed on the way."""
    run("--group", GROUP)
    source = LogSource.objects.get(log_group=GROUP)
    row = Backfill.objects.create(source=source, since=since, until=until, read_until=read_until)
    Backfill.objects.filter(pk=row.pk).update(started_at=until)


def test_one_killed_days_ago_does_not_end_the_next_one_before_now(aws: str) -> None:
    now = timezone.now()
    killed(since=now - timedelta(days=12), until=now - timedelta(days=4), read_until=now - timedelta(days=6))
    publish(aws, [started(1)], at=now - timedelta(days=2))
    assert run("--since", "3d", "--group", GROUP)[0] == 0
    assert Connection.objects.count() == 1


def test_what_became_visible_behind_one_that_was_killed_days_ago_is_found(aws: str) -> None:
    now = timezone.now()
    killed(since=now - timedelta(days=12), until=now - timedelta(days=4), read_until=now - timedelta(days=5))
    publish(aws, [started(1)], at=now - timedelta(days=10))
    assert run("--since", "11d", "--group", GROUP)[0] == 0
    assert Connection.objects.count() == 1
