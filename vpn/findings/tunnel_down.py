"""A tunnel to an office that CloudWatch's metric has as down for a while."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.endpoints.models import SiteToSiteVpn
from vpn.endpoints.statuses import status_badge
from vpn.findings.metric_rule import UNREAD_METRICS, MetricSubject, judge_all, metrics_complete_until
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText
from vpn.metrics.definitions import PERIOD, TUNNEL_STATE
from vpn.metrics.queries import points
from vpn.metrics.series import tunnel_resource

KIND: Final = "tunnel-down"
# AWS replaces a tunnel's end now and then, which takes some minutes (Site-to-Site VPN user guide, "tunnel endpoint
# replacements").
DOWN_FOR: Final = timedelta(minutes=15)


def detect(now: datetime) -> list[DetectedFinding] | None:
    lines = SiteToSiteVpn.objects.select_related("account").filter(vanished_at=None)
    tunnels = {tunnel_resource(line, tunnel): (line, tunnel) for line in lines for tunnel in line.tunnels}
    subjects = [
        MetricSubject(
            KIND,
            resource,
            f"{line} ({tunnel['outside_ip']})",
            metrics_complete_until(line.account, now),
        )
        for resource, (line, tunnel) in tunnels.items()
    ]

    def judge(subject: MetricSubject, until: datetime) -> DetectedFinding | None:
        return _judge(subject, until, tunnels[subject.id][1])

    return judge_all(subjects, judge)


def _judge(subject: MetricSubject, until: datetime, tunnel: dict[str, Any]) -> DetectedFinding | None:
    series = points(subject.id, TUNNEL_STATE.name, until - DOWN_FOR, until)
    values = [value for _moment, value in series]
    # A gap is no zero.
    if len(values) < DOWN_FOR // PERIOD or any(value != 0 for value in values):
        return None
    return subject.detected({"status": tunnel["status"]})


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    text = _("By CloudWatch the tunnel carries nothing; the VPN connection itself calls it “%(status)s”.") % {
        "status": status_badge(finding.evidence["status"]).text
    }
    return FindingText(text)


RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("A tunnel to the office is down"),
    tone="warn",
    why=gettext_lazy(
        "With one tunnel the line to the office hangs by a thread; with none, nobody reaches the office."
    ),
    advice=gettext_lazy(
        "Look at the customer gateway device in the office, and at what AWS says of the tunnel on the endpoint's page."
    ),
    basis=gettext_lazy("CloudWatch's TunnelState was 0 for 15 minutes."),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=UNREAD_METRICS,
)
