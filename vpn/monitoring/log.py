"""How far the connection log has been read: no page that is open anyway would show that a log group stands still."""

from datetime import datetime

from prometheus_client.core import GaugeMetricFamily

from vpn.connection_log.ingest import queries
from vpn.monitoring.ages import age_seconds

LABELS = ("account", "log_group")


def log_gauges(now: datetime) -> list[GaugeMetricFamily]:
    read = GaugeMetricFamily(
        "genkan_log_read_age_seconds",
        "Seconds since the time up to which all of the log group was read.",
        labels=LABELS,
    )
    event = GaugeMetricFamily(
        "genkan_log_event_age_seconds", "Seconds since the newest event of the log group.", labels=LABELS
    )
    failed = GaugeMetricFamily(
        "genkan_log_error",
        "1 if the last read of the log group failed, with its error; else 0.",
        labels=[*LABELS, "error_id"],
    )
    events = GaugeMetricFamily(
        "genkan_log_events", "Events that were ever stored from the log group.", labels=LABELS
    )
    unreadable = GaugeMetricFamily(
        "genkan_log_unreadable_lines", "Lines of the log group that are kept as unreadable.", labels=LABELS
    )
    unreadable_lines = queries.unreadable_by_source()
    for source in queries.connection_logs_being_read():
        labels = (source.account.name, source.log_group)
        read.add_metric(labels, age_seconds(source.read_until, now))
        event.add_metric(labels, age_seconds(source.newest_event_at, now))
        failed.add_metric([*labels, source.error_id], bool(source.error_id))
        events.add_metric(labels, source.events)
        unreadable.add_metric(labels, unreadable_lines.get(source.pk, 0))
    return [read, event, failed, events, unreadable]
