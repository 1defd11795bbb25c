"""What is too old goes by whole months, with all that was summed up from it; an interrupted run is finished."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.utils import OperationalError
from django.utils import timezone
from pytest_django import Settings

from tests.vpn.connection_log.log_lines import failed, keep, started
from vpn.connection_log import partitions
from vpn.connection_log.ingest import retention
from vpn.connection_log.models import (
    Connection,
    ConnectionEvent,
    ConnectionTally,
    ConnectionUser,
    FailureTally,
    UnreadableLine,
)

# Detaching a partition is not possible within a transaction.
pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
OLD, KEPT = "2026-08-20 01:00:00", "2026-10-20 01:00:00"


@pytest.fixture(autouse=True)
def ninety_days(settings: Settings) -> Iterator[None]:
    settings.LOG_RETENTION_DAYS = 60
    # What tests with real transactions have left behind
    drop_partitions()
    with time_machine.travel(NOW, tick=True):
        keep(
            [
                started(1, connection_start_time=OLD, connection_last_update_time=OLD, username="gone"),
                started(2, connection_start_time=OLD, connection_last_update_time=OLD, username="stays"),
                started(3, connection_start_time=KEPT, connection_last_update_time=KEPT, username="stays"),
                failed(4, at=OLD, username="stays"),
            ]
        )
        yield
    drop_partitions()


def drop_partitions() -> None:
    with connection.cursor() as cursor:
        for table in partitions.existing():
            cursor.execute(f"DROP TABLE {table.name}")


def months(table: str = "vpn_connection") -> list[int]:
    return [stored.month.month for stored in partitions.existing() if stored.parent == table]


def test_a_month_goes_when_its_last_day_is_too_old() -> None:
    assert partitions.oldest_kept(NOW) == datetime(2026, 9, 1, tzinfo=UTC)
    dropped = retention.drop_old()
    assert dropped.tables == ["vpn_connection_2026_08", "vpn_connectionevent_2026_08"]
    assert months() == months("vpn_connectionevent") == [10]
    assert [stored.connection_id[-1] for stored in Connection.objects.all()] == ["3"]
    assert ConnectionEvent.objects.count() == 1


def test_sums_people_and_unreadable_lines_go_with_it() -> None:
    UnreadableLine.objects.create(problem="time", digest=1, raw="x")
    UnreadableLine.objects.update(first_read_at=NOW - timedelta(days=100))
    retention.drop_old()
    assert list(ConnectionUser.objects.values_list("username", "connections")) == [("stays", 1)]
    assert [row.bucket.month for row in ConnectionTally.objects.all()] == [10]
    assert not FailureTally.objects.exists()
    assert not UnreadableLine.objects.exists()


def test_a_second_run_finds_nothing_to_do() -> None:
    retention.drop_old()
    again = retention.drop_old()
    assert (again.tables, again.tallies, again.unreadable, again.people) == ([], 0, 0, 0)


def test_what_was_detached_and_not_dropped_is_dropped_by_the_next_run() -> None:
    [old, *_] = partitions.existing()
    partitions.detach(old)
    assert not Connection.objects.filter(at__lt=datetime(2026, 9, 1, tzinfo=UTC)).exists()
    retention.drop_old()
    assert months() == [10]
    assert ConnectionUser.objects.get(username="stays").connections == 1


def test_it_does_not_wait_for_whoever_holds_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT", "200ms")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE vpn_connection_2026_08 IN ACCESS SHARE MODE")
        with pytest.raises(OperationalError):
            retention.drop_old()
        cursor.execute("ROLLBACK")
    other.close()
    assert retention.drop_old().tables
    assert months() == [10]


def test_everything_is_kept_while_nothing_is_too_old(settings: Settings) -> None:
    settings.LOG_RETENTION_DAYS = 400
    assert retention.drop_old().tables == []
    assert timezone.now() - NOW < timedelta(minutes=5)
    assert months() == [8, 10]
