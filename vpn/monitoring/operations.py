"""Operations that haven't ended, that failed, and that nobody takes up."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Greatest
from prometheus_client.core import GaugeMetricFamily

from vpn.monitoring.ages import age_seconds
from vpn.operations.models import Operation
from vpn.operations.states import LIVE, PENDING, OperationStatus

UNFINISHED = LIVE | PENDING


def operation_gauges(now: datetime) -> list[GaugeMetricFamily]:
    counts = _counts(now)
    unfinished = GaugeMetricFamily(
        "genkan_operations", "Operations that have not ended, by status.", labels=["status"]
    )
    for status in OperationStatus:
        if status in UNFINISHED:
            unfinished.add_metric([status.value], counts.get(status, (0, None))[0])
    oldest = counts.get(OperationStatus.QUEUED, (0, None))[1]
    return [
        unfinished,
        GaugeMetricFamily(
            "genkan_operation_queued_seconds",
            "Seconds since the oldest queued operation could begin.",
            value=age_seconds(oldest, now) if oldest else 0,
        ),
        GaugeMetricFamily(
            "genkan_operations_failed_last_day",
            "Operations that failed in the last 24 hours.",
            value=counts.get(OperationStatus.FAILED, (0, None))[0],
        ),
    ]


def _counts(now: datetime) -> dict[str, tuple[int, datetime | None]]:
    """By status: how many, and since when the oldest could begin. By one query."""
    recently_failed = Q(status=OperationStatus.FAILED, finished_at__gt=now - timedelta(days=1))
    operations = Operation.objects.filter(recently_failed | Q(status__in=sorted(UNFINISHED)))
    # PostgreSQL's GREATEST leaves out what is NULL.
    since = Min(Greatest("created_at", "not_before", "decided_at"))
    rows = operations.order_by().values_list("status").annotate(Count("pk"), since=since)
    return {status: (count, oldest) for status, count, oldest in rows}
