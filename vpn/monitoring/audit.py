"""The audit record: its newest event, and how many events of each tag there were lately."""

from datetime import datetime, timedelta

from django.db.models import Count, Q
from prometheus_client.core import GaugeMetricFamily

from portal.audit.models import AuditEvent
from portal.audit.tags import Tag


def audit_gauges(now: datetime) -> list[GaugeMetricFamily]:
    newest = AuditEvent.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    by_day = GaugeMetricFamily(
        "genkan_audit_events_last_day", "Audit events of the last 24 hours, by tag.", labels=["tag"]
    )
    by_hour = GaugeMetricFamily(
        "genkan_audit_events_last_hour", "Audit events of the last hour, by tag.", labels=["tag"]
    )
    counts = _counts(now)
    for tag in Tag.values:
        day, hour = counts.get(tag, (0, 0))
        by_day.add_metric([tag], day)
        by_hour.add_metric([tag], hour)
    last = GaugeMetricFamily(
        "genkan_audit_last_sequence", "Number of the newest audit event.", value=newest or 0
    )
    return [last, by_day, by_hour]


def _counts(now: datetime) -> dict[str, tuple[int, int]]:
    """By tag: events of the last day and of the last hour."""
    # By the index on ``at``: the events of a day, never the whole record.
    rows = (
        AuditEvent.objects.filter(at__gt=now - timedelta(days=1))
        .order_by()
        .values_list("tag")
        .annotate(Count("pk"), hour=Count("pk", filter=Q(at__gt=now - timedelta(hours=1))))
    )
    return {tag: (day, hour) for tag, day, hour in rows}
