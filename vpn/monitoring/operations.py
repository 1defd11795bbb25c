"""Operations that haven't ended, that failed, and that nobody takes up."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Greatest

from vpn.monitoring.exposition import Gauge
from vpn.operations.models import Operation
from vpn.operations.states import LIVE, PENDING, OperationStatus

UNFINISHED = LIVE | PENDING


def operation_gauges(now: datetime) -> list[Gauge]:
    """By one query."""
    recent = Q(status=OperationStatus.FAILED, finished_at__gt=now - timedelta(days=1))
    rows = (
        Operation.objects.filter(recent | Q(status__in=sorted(UNFINISHED))).order_by().values_list("status")
    )
    # Greatest leaves out what is NULL: PostgreSQL.
    since = Min(Greatest("created_at", "not_before", "decided_at"))
    counted = {status: (count, oldest) for status, count, oldest in rows.annotate(Count("pk"), since=since)}
    unfinished = Gauge("genkan_operations", "Operations that have not ended, by status.")
    for status in OperationStatus:
        if status in UNFINISHED:
            unfinished.add(counted.get(status, (0, None))[0], status=status.value)
    oldest = counted.get(OperationStatus.QUEUED, (0, None))[1]
    queued = Gauge(
        "genkan_operation_queued_seconds", "Seconds since the oldest queued operation could begin."
    )
    queued.add(max(0.0, (now - oldest).total_seconds()) if oldest else 0)
    failed = Gauge("genkan_operations_failed_last_day", "Operations that failed in the last 24 hours.")
    failed.add(counted.get(OperationStatus.FAILED, (0, None))[0])
    return [unfinished, queued, failed]
