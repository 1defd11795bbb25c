"""From when to when an endpoint wrote its connection log, and into which log group."""

from datetime import datetime

from vpn.endpoints.models import Endpoint, LoggingPeriod


def record_logging(endpoint: Endpoint, now: datetime) -> None:
    """Note that the snapshot of ``now`` has the endpoint writing into ``endpoint.log_group``, or not logging at all."""
    periods = LoggingPeriod.objects.filter(endpoint=endpoint)
    if periods.filter(until=None, log_group=endpoint.log_group).exists():
        return
    since = now if periods.exists() else endpoint.first_seen_at
    periods.filter(until=None).update(until=now)
    LoggingPeriod.objects.create(endpoint=endpoint, log_group=endpoint.log_group, since=since)


def end_vanished_logging(now: datetime) -> None:
    """End the periods of endpoints that AWS no longer lists."""
    LoggingPeriod.objects.filter(until=None).exclude(endpoint__vanished_at=None).update(until=now)
