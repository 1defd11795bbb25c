"""Reading the metrics of an account, and storing them. What couldn't be read is asked for again the next time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.utils import timezone

from portal.locks import AdvisoryLock, session_lock
from vpn.aws import cloudwatch, snapshots
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import cloudwatch_client
from vpn.endpoints.models import AwsAccount
from vpn.endpoints.recording import clear_failure, record_failure
from vpn.metrics.definitions import PERIOD, POINTS_A_DAY
from vpn.metrics.models import MetricDay, MetricSource
from vpn.metrics.series import SeriesKey, account_series

# CloudWatch revises what is newer: services publish late, and NAT gateways' minutes come one by one.
REVISED: Final = timedelta(hours=1)
FIRST_READ: Final = timedelta(days=14)
# CloudWatch has points of five minutes for so long (GetMetricData); what wasn't read by then stays a gap.
KEPT_BY_AWS: Final = timedelta(days=63)
# As long as CloudWatch has hours of it: 15 months.
KEPT: Final = timedelta(days=455)

logger = structlog.get_logger(__name__)


class SeriesIncomplete(AwsError):
    """CloudWatch answered, but said of some metrics that an error of its own left points out."""

    id = "metrics-incomplete"
    retryable = True


def read_account(account: Account) -> None:
    """Read what is new of every metric, and the last hour again; after an outage, all that was missed.

    Once in a PERIOD: more often there is nothing new. Harmless to run twice. Never raises AwsError: it is recorded at
    the account's MetricSource.
    """
    row = AwsAccount.objects.filter(name=account.name).first()
    keys = account_series(row) if row else []
    if row is None or not keys:
        return
    source, _created = MetricSource.objects.get_or_create(account=row)
    with session_lock(AdvisoryLock.METRICS, row.pk) as free:
        # After a long outage a run may take longer than until the next.
        if free:
            _read(account, source, keys)


def _read(account: Account, source: MetricSource, keys: list[SeriesKey]) -> None:
    now = timezone.now()
    if source.attempted_at and floor_to_period(now) <= floor_to_period(source.attempted_at):
        return
    try:
        with cloudwatch_client(account) as client:
            for since, until in _windows(source.read_until, now):
                series = cloudwatch.metric_series(
                    client, [key.query for key in keys], since=since, until=until, period=PERIOD
                )
                complete = all(one_series.complete for one_series in series)
                _store(source, keys, series, until, complete=complete)
                if not complete:
                    raise SeriesIncomplete(code="", message="")
    except AwsError as error:
        record_failure(source, error, now)
        return
    source.seen_at = now
    clear_failure(source, now)
    source.save()


def _windows(read_until: datetime | None, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is to be read, a day (UTC) at a time, so that no answer is too large to be held.

    Times are whole periods: CloudWatch answers those faster (API reference, GetMetricData).
    """
    end = floor_to_period(now)
    since = floor_to_period(max((read_until or now - FIRST_READ) - REVISED, now - KEPT_BY_AWS))
    while since < end:
        midnight = since.replace(hour=0, minute=0) + timedelta(days=1)
        until = min(midnight, end)
        yield since, until
        since = until


def _store(
    source: MetricSource,
    keys: list[SeriesKey],
    series: list[snapshots.MetricSeries],
    until: datetime,
    *,
    complete: bool,
) -> None:
    """What an earlier answer had and this one doesn't stays: a service may be late, but takes nothing back."""
    points = {
        (key.resource, key.metric): one_series.points
        for key, one_series in zip(keys, series, strict=True)
        if one_series.points
    }
    # The window lies within one day, so each series has one row.
    day = (until - PERIOD).date()
    with transaction.atomic():
        stored = {
            (row.resource, row.metric): row.values
            for row in MetricDay.objects.filter(day=day, resource__in={resource for resource, _ in points})
        }
        MetricDay.objects.bulk_create(
            [
                MetricDay(
                    resource=resource,
                    metric=metric,
                    day=day,
                    values=_merged(stored.get((resource, metric)), values, day),
                )
                for (resource, metric), values in points.items()
            ],
            update_conflicts=True,
            unique_fields=["resource", "metric", "day"],
            update_fields=["values"],
        )
        if complete:
            source.read_until = until
            source.save(update_fields=["read_until"])


def _merged(
    stored: list[float | None] | None, points: dict[datetime, float], day: date
) -> list[float | None]:
    values: list[float | None] = list(stored or [None] * POINTS_A_DAY)
    for moment, value in points.items():
        if moment.astimezone(UTC).date() == day:
            values[position(moment)] = value
    return values


def position(moment: datetime) -> int:
    """Which of its day's values a point is."""
    utc = moment.astimezone(UTC)
    return (utc.hour * 60 + utc.minute) // int(PERIOD.total_seconds() // 60)


def floor_to_period(moment: datetime) -> datetime:
    seconds = int(moment.timestamp()) % int(PERIOD.total_seconds())
    return moment.replace(microsecond=0) - timedelta(seconds=seconds)


def delete_old(now: datetime) -> int:
    """Days that are older than KEPT; how many rows they were."""
    deleted, _by_model = MetricDay.objects.filter(day__lt=(now - KEPT).date()).delete()
    return deleted
