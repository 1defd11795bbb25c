"""The same numbers as the connection log has them, to be compared with CloudWatch's."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Sum

from vpn.connection_log.models import (
    CONNECTED,
    FAILURES,
    LONGEST_SESSION,
    Connection,
    ConnectionTally,
    LogSource,
)
from vpn.endpoints.models import Endpoint

# A log group that wasn't read for so long is behind.
BEHIND: Final = timedelta(minutes=15)
# AWS documents no delay until a line is in CloudWatch Logs; what is newer is not taken for missing.
SETTLED: Final = timedelta(minutes=20)


def log_complete_until(endpoint: Endpoint, now: datetime) -> datetime | None:
    """All that the log says of the time before is stored. None: nothing may be concluded from what is missing."""
    source = LogSource.objects.filter(account=endpoint.account_id, log_group=endpoint.log_group).first()
    if source is None or source.error_id or source.read_until is None or source.read_until < now - BEHIND:
        return None
    return source.read_until - SETTLED


def most_connected(endpoint_id: str, moments: Iterable[datetime], step: timedelta) -> list[int]:
    """The most connections at once within ``step`` of each of ``moments``, which follow each other in order."""
    starts = list(moments)
    if not starts:
        return []
    changes = sorted(_changes(endpoint_id, starts[0], starts[-1] + step))
    counts, open_now, position = [], 0, 0
    for start in starts:
        # Whoever left before it began is not counted; whoever comes and goes within it is.
        while position < len(changes) and changes[position][0] <= start:
            open_now += changes[position][1]
            position += 1
        most = open_now
        while position < len(changes) and changes[position][0] < start + step:
            open_now += changes[position][1]
            most = max(most, open_now)
            position += 1
        counts.append(most)
    return counts


def _changes(endpoint_id: str, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    rows = Connection.objects.filter(
        endpoint_id=endpoint_id, status__in=CONNECTED, at__gt=since - LONGEST_SESSION, at__lt=until
    ).values_list("at", "ended_at", "latest_end_at")
    changes = []
    for at, ended_at, latest_end_at in rows:
        changes.append((at, 1))
        if end := ended_at or latest_end_at:
            changes.append((end, -1))
    return changes


def failed_attempts(endpoint_id: str, since: datetime, until: datetime) -> int:
    """Attempts that failed, or whose sign-in was never finished."""
    return Connection.objects.filter(
        endpoint_id=endpoint_id, status__in=FAILURES, at__gte=since, at__lt=until
    ).count()


def failures_by_step(endpoint_id: str, moments: Iterable[datetime], step: timedelta) -> list[int]:
    """As ``failed_attempts``, within ``step`` of each of ``moments``: whole tens of minutes, as the tallies are."""
    starts = list(moments)
    counts = [0] * len(starts)
    rows = ConnectionTally.objects.filter(
        endpoint_id=endpoint_id, bucket__gte=starts[0], bucket__lt=starts[-1] + step
    ).values_list("bucket")
    for bucket, failed, unfinished in rows.annotate(Sum("failed"), Sum("unfinished")):
        counts[(bucket - starts[0]) // step] += int(failed + unfinished)
    return counts


def last_line_at(endpoint_id: str, since: datetime) -> datetime | None:
    """When the log last told anything of the endpoint, or None for nothing since then."""
    newest = Connection.objects.filter(endpoint_id=endpoint_id, at__gte=since - LONGEST_SESSION)
    return newest.order_by("-updated_at").values_list("updated_at", flat=True).first()
