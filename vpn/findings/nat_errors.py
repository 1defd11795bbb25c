"""A NAT gateway that people's traffic leaves by, and that has no free ports or drops packets."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy, ngettext

from portal.text import join_sentences
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.metric_rule import (
    HOUR,
    UNREAD_METRICS,
    MetricSubject,
    above_zero,
    judge_all,
    metrics_complete_until,
)
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText
from vpn.metrics.definitions import DROPPED_PACKETS, PORT_ERRORS
from vpn.metrics.queries import points
from vpn.metrics.series import nat_gateways

KIND: Final = "nat-errors"
# AWS calls a few dropped packets transient (VPC user guide, "NAT gateway metrics"): it must go on to be told of.
MIN_POINTS_PORTS: Final = 2
MIN_POINTS_DROPS: Final = 6


def detect(now: datetime) -> list[DetectedFinding] | None:
    subjects: dict[str, MetricSubject] = {}
    for endpoint in visible_endpoints():
        complete_until = metrics_complete_until(endpoint.account, now)
        for gateway in nat_gateways(endpoint):
            # Several endpoints may leave by one gateway: it is one finding.
            subjects.setdefault(
                gateway, MetricSubject(KIND, gateway, f"{endpoint.label} ({gateway})", complete_until)
            )
    return judge_all(subjects.values(), _judge)


def _judge(subject: MetricSubject, until: datetime) -> DetectedFinding | None:
    port_errors = above_zero(points(subject.id, PORT_ERRORS.name, until - HOUR, until))
    drops = above_zero(points(subject.id, DROPPED_PACKETS.name, until - HOUR, until))
    if len(port_errors) < MIN_POINTS_PORTS and len(drops) < MIN_POINTS_DROPS:
        return None
    return subject.detected({"port_errors": int(sum(port_errors)), "dropped_packets": int(sum(drops))})


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    errors, packets = finding.evidence["port_errors"], finding.evidence["dropped_packets"]
    texts = []
    if errors:
        texts.append(
            ngettext(
                "In an hour %(count)s connection could not be opened for want of a free port.",
                "In an hour %(count)s connections could not be opened for want of a free port.",
                errors,
            )
            % {"count": f"{errors:,}"}
        )
    if packets:
        texts.append(
            ngettext(
                "In an hour %(count)s packet was dropped.",
                "In an hour %(count)s packets were dropped.",
                packets,
            )
            % {"count": f"{packets:,}"}
        )
    return FindingText(join_sentences(*texts))


RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("The NAT gateway turns connections away"),
    tone="out",
    why=gettext_lazy("People are connected to the VPN, and some sites don't open for them, now and then."),
    advice=gettext_lazy(
        "Without a free port: add an Elastic IP address to the NAT gateway, and tell everybody who allows your"
        " addresses beforehand. Dropped packets: look at the AWS Health Dashboard."
    ),
    basis=gettext_lazy(
        "CloudWatch's ErrorPortAllocation was above 0 in at least two of the last twelve points of five minutes, or"
        " PacketsDropCount in at least six."
    ),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=UNREAD_METRICS,
    kept_open=timedelta(days=1),
)
