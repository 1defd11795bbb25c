"""Who else signs in behind the same address finishes nobody's sign-in."""

import pytest

from tests.vpn.connection_log.log_lines import assertion_received, connection_id, keep, started, waiting
from vpn.connection_log.models import Connection

pytestmark = pytest.mark.django_db

ABANDONED = waiting(1, at="2026-11-20 00:58:00")


def status_of_the_abandoned_one() -> str:
    return Connection.objects.get(connection_id=connection_id(1)).status


def test_a_connection_of_another_kind_of_device_finishes_no_sign_in() -> None:
    keep([ABANDONED, started(2, device_type="mac")])
    assert status_of_the_abandoned_one() == "unfinished"


def test_a_connection_with_a_sign_in_of_its_own_finishes_no_other_one() -> None:
    own = [waiting(2, at="2026-11-20 00:59:30"), assertion_received(2, at="2026-11-20 00:59:50"), started(2)]
    keep([ABANDONED, *own])
    assert status_of_the_abandoned_one() == "unfinished"
