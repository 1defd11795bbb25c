"""`/readyz` tells how far the log has been read, and stays ready."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.vpn.endpoints_in_database import save_endpoint
from vpn.aws import accounts
from vpn.connection_log.ingest.sources import current_sources
from vpn.connection_log.models import LogSource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_log_group(settings: Settings) -> None:
    settings.VPN_ACCOUNTS = ({"name": "tokyo", "region": "ap-northeast-1"},)
    save_endpoint(log_group="/vpn/tokyo")
    current_sources(accounts.configured()[0], timezone.now())


def told() -> Any:
    response = Client().get("/readyz")
    assert response.status_code == 200
    return response.json()["parts"]["connection_log"]


def test_a_log_that_was_read_lately_is_well() -> None:
    LogSource.objects.update(read_until=timezone.now())
    part = told()
    assert (part["ok"], part["needed"]) == (True, False)
    assert part["detail"].startswith("1 of 1 up to date, read until ")


def test_a_log_that_was_never_read_is_not() -> None:
    assert told()["detail"] == "0 of 1 up to date, never read"
    assert told()["ok"] is False


def test_a_log_that_fell_behind_says_how_far_and_why_and_names_nothing() -> None:
    LogSource.objects.update(
        read_until=timezone.now() - timedelta(hours=1), error_id="aws-throttled", error_message="/vpn/tokyo"
    )
    part = told()
    assert part["ok"] is False
    assert part["detail"].startswith("0 of 1 up to date, read until 36")
    assert part["detail"].endswith(" s ago, aws-throttled")
    assert "/vpn/tokyo" not in str(part)


def test_where_nothing_is_logged_nothing_is_behind() -> None:
    LogSource.objects.all().delete()
    assert told() | {"seconds": 0} == {
        "ok": True,
        "needed": False,
        "seconds": 0,
        "detail": "no log group yet",
    }
