"""Connections that CloudWatch's metric counts and of which the connection log has no line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.search.links import search_url
from vpn.endpoints.models import LoggingPeriod
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.metric_rule import UNREAD_METRICS, MetricSubject, endpoint_subject, judge_all
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, format_time, read_time
from vpn.metrics.definitions import CONNECTIONS, PERIOD
from vpn.metrics.log_counts import last_line_at, most_connected
from vpn.metrics.queries import points

KIND: Final = "unlogged-connections"
LOOKED_BACK: Final = timedelta(days=1)
# A point is of five minutes, and two clocks tell of the same connection.
SLACK: Final = timedelta(minutes=10)
# Each change is somebody who came or went, and so a line; a blip up and down again makes two.
MIN_CHANGES: Final = 3
# So many points in a row with somebody connected: half an hour
STEADY: Final = 6


def detect(now: datetime) -> list[DetectedFinding] | None:
    subjects = [
        endpoint_subject(KIND, endpoint, now, with_log=True)
        for endpoint in visible_endpoints()
        # Where logging is off, another rule says so.
        if endpoint.log_group
    ]
    return judge_all(subjects, _judge)


def _judge(subject: MetricSubject, until: datetime) -> DetectedFinding | None:
    begin = _logged_since(subject.id, until - LOOKED_BACK)
    last_line = last_line_at(subject.id, begin)
    silent_since = max(last_line or begin, begin) + SLACK
    series = points(subject.id, CONNECTIONS.name, silent_since, until)
    values = [value for _moment, value in series if value is not None]
    changes = sum(1 for before, after in pairwise(values) if before != after)
    if changes < MIN_CHANGES and not _are_unlogged(subject.id, until):
        return None
    evidence: dict[str, object] = {
        "endpoint_id": subject.id,
        "since": silent_since.isoformat(),
        "last_line": last_line.isoformat() if last_line else "",
        "connections": int(max(values, default=0)),
    }
    return subject.detected(evidence)


def _logged_since(endpoint_id: str, begin: datetime) -> datetime:
    """Before logging was switched on, or another log group was named, nothing is missing from this one."""
    period = LoggingPeriod.objects.filter(endpoint__endpoint_id=endpoint_id, until=None).first()
    return max(begin, period.since) if period else begin


def _are_unlogged(endpoint_id: str, until: datetime) -> bool:
    """Whether somebody was connected for all of the last half hour, and by the log nobody was."""
    series = points(endpoint_id, CONNECTIONS.name, until - STEADY * PERIOD, until)
    moments = [moment for moment, value in series if value]
    if len(moments) < STEADY:
        return False
    return not any(most_connected(endpoint_id, [moments[0] - SLACK], until - moments[0] + 2 * SLACK))


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    since = read_time(evidence["last_line"] or evidence["since"])
    text = _(
        "CloudWatch counts up to %(connections)s connections at once, and they change; the log has no line since"
        " %(since)s."
    ) % {"connections": f"{evidence['connections']:,}", "since": format_time(since)}
    url = search_url(since - timedelta(hours=1), finding.last_seen_at, endpoint_id=evidence["endpoint_id"])
    return FindingText(text, url)


RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("Connections without a line in the log"),
    tone="out",
    why=gettext_lazy(
        "People are connected, and nobody will be able to say who they were: what isn't logged can't be found out"
        " later."
    ),
    advice=gettext_lazy(
        "Look at the log group in CloudWatch Logs and at what was changed there: its resource policy, its encryption"
        " key, a quota of the account. Then switch connection logging at the endpoint off and on again."
    ),
    basis=gettext_lazy(
        "The endpoint's ActiveConnectionsCount changed three times or more without any line of the log, or was above 0"
        " for half an hour while the log had nobody connected. Judged when both are complete: about half an hour later."
    ),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=UNREAD_METRICS,
    # What is missing stays missing: somebody must see it.
    kept_open=timedelta(days=7),
)
