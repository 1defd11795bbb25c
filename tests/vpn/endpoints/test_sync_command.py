"""``manage.py sync_endpoints`` and the tasks: the same snapshot, by hand and by schedule."""

import json
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from portal.celery import app
from portal.locks import AdvisoryLock
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from vpn.endpoints import tasks
from vpn.endpoints.models import AwsAccount, Endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def without_queue() -> Iterator[None]:
    """A task that is sent is carried out at once."""
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = before


def test_it_says_what_was_seen(architecture: Architecture) -> None:
    out = StringIO()
    call_command("sync_endpoints", stdout=out)
    assert out.getvalue() == "tokyo: 1 endpoints, 0 failures\nosaka: 1 endpoints, 0 failures\n"


def test_it_ends_with_status_1_and_says_what_failed(architecture: Architecture, control: Control) -> None:
    control.fail("DescribeClientVpnRoutes", "UnauthorizedOperation", region=TOKYO.region)
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("sync_endpoints", stdout=out, stderr=err)
    assert ended.value.code == 1
    assert "tokyo: 1 endpoints, 1 failures" in out.getvalue()
    assert f"{architecture.tokyo.endpoint_id}: UnauthorizedOperation" in err.getvalue()


def test_a_script_reads_the_same_as_json(architecture: Architecture, control: Control) -> None:
    control.fail("DescribeClientVpnEndpoints", "UnauthorizedOperation", region=TOKYO.region)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("sync_endpoints", "--json", stdout=out)
    tokyo, osaka = json.loads(out.getvalue())
    assert [(failure["where"], failure["id"]) for failure in tokyo["failures"]] == [
        ("tokyo", "aws-access-denied")
    ]
    assert (osaka["endpoints"], osaka["busy"], osaka["failures"]) == (1, False, [])


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_being_read_is_left_alone(architecture: Architecture) -> None:
    row = AwsAccount.objects.create(name="tokyo", region=TOKYO.region)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [AdvisoryLock.SNAPSHOT, row.pk])
        out = StringIO()
        call_command("sync_endpoints", "--json", stdout=out)
        assert [(result["account"], result["busy"]) for result in json.loads(out.getvalue())] == [
            ("tokyo", True),
            ("osaka", False),
        ]
    finally:
        other.close()


def test_settings_that_mean_nothing_are_said_to(settings: Settings) -> None:
    settings.VPN_ACCOUNTS = [{"region": TOKYO.region}]
    with pytest.raises(ImproperlyConfigured, match="VPN_ACCOUNTS"):
        call_command("sync_endpoints")


def test_beat_s_task_looks_at_every_account(architecture: Architecture, without_queue: None) -> None:
    tasks.sync_accounts.delay()
    assert Endpoint.objects.filter(seen_at__isnull=False).count() == 2
