"""All metrics of the portal, looked up in PostgreSQL and Redis at every scrape. AWS is not asked for anything."""

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from vpn.monitoring.audit import audit_gauges
from vpn.monitoring.durations import REQUESTS, TASKS
from vpn.monitoring.log import log_gauges
from vpn.monitoring.operations import operation_gauges
from vpn.monitoring.people import people_gauges
from vpn.monitoring.queue import queue_gauges
from vpn.monitoring.snapshots import installation_gauges, snapshot_gauges


class PortalCollector(Collector):
    """prometheus_client asks it at every scrape. Raises DatabaseError if the database doesn't answer."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield from installation_gauges()
        yield from queue_gauges(now)
        yield from snapshot_gauges(now)
        yield from log_gauges(now)
        yield from operation_gauges(now)
        yield from audit_gauges(now)
        yield from people_gauges(now)
        yield REQUESTS.collect()
        yield TASKS.collect()
