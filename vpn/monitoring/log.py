"""How far the connection log has been read: a log group that stands still is not seen on any page that isn't open."""

from datetime import datetime

from django.utils import timezone

from vpn.connection_log.ingest import queries
from vpn.monitoring.exposition import NEVER, Gauge


def log_gauges() -> list[Gauge]:
    now = timezone.now()
    read = Gauge(
        "genkan_log_read_age_seconds", "Seconds since the time up to which all of the log group was read."
    )
    event = Gauge("genkan_log_event_age_seconds", "Seconds since the newest event of the log group.")
    failed = Gauge("genkan_log_error", "1 if the last read of the log group failed, with its error; else 0.")
    events = Gauge("genkan_log_events", "Events that were ever stored from the log group.")
    unreadable = Gauge("genkan_log_unreadable_lines", "Lines of the log group that are kept as unreadable.")
    counted = queries.unreadable_by_source()
    for source in queries.sources_being_read():
        labels = {"account": source.account.name, "log_group": source.log_group}
        read.add(_age(source.read_until, now), **labels)
        event.add(_age(source.newest_event_at, now), **labels)
        failed.add(bool(source.error_id), **labels, error_id=source.error_id)
        events.add(source.events, **labels)
        unreadable.add(counted.get(source.pk, 0), **labels)
    return [read, event, failed, events, unreadable]


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else NEVER
