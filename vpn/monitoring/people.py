"""What the connection checks of people found, and findings in the connections that wait for somebody."""

from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily

from vpn.egress import queries as egress
from vpn.egress.verdict import EgressResult
from vpn.findings import queries as findings


def people_gauges(now: datetime) -> list[GaugeMetricFamily]:
    people = GaugeMetricFamily(
        "genkan_people_by_finding",
        "People by what the newest connection check of the last hour found.",
        labels=["finding"],
    )
    counts = egress.people_by_result(since=now - timedelta(hours=1))
    for result in EgressResult:
        people.add_metric([result.value], counts.get(result, 0))
    waiting = GaugeMetricFamily(
        "genkan_connection_findings",
        "Findings in the connections that nobody has acknowledged.",
        labels=["kind"],
    )
    for kind, count in findings.count_by_kind().items():
        waiting.add_metric([kind], count)
    return [people, waiting]
