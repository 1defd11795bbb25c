"""Failed sign-ins that CloudWatch's metric counts and of which the connection log has no line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.search.links import failed_url
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.metric_rule import (
    HOUR,
    UNREAD_METRICS,
    MetricSubject,
    above_zero,
    endpoint_subject,
    judge_all,
)
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, read_time
from vpn.metrics.definitions import AUTHENTICATION_FAILURES
from vpn.metrics.log_counts import failed_attempts
from vpn.metrics.queries import points

KIND: Final = "unlogged-failures"
SLACK: Final = timedelta(minutes=10)
MIN_FAILURES: Final = 5
# One point may be one client that tries again and again for a minute.
MIN_POINTS: Final = 2


def detect(now: datetime) -> list[DetectedFinding] | None:
    subjects = [
        endpoint_subject(KIND, endpoint, now, with_log=True)
        for endpoint in visible_endpoints()
        if endpoint.log_group
    ]
    return judge_all(subjects, _judge)


def _judge(subject: MetricSubject, until: datetime) -> DetectedFinding | None:
    since = until - HOUR
    counted = above_zero(points(subject.id, AUTHENTICATION_FAILURES.name, since, until))
    # Whichever way it failed: AWS doesn't say which failures the metric counts, so each in the log may be one of them.
    logged = failed_attempts(subject.id, since - SLACK, until + SLACK)
    if len(counted) < MIN_POINTS or sum(counted) - logged < MIN_FAILURES:
        return None
    evidence: dict[str, object] = {
        "endpoint_id": subject.id,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "failures": int(sum(counted)),
        "logged": logged,
    }
    return subject.detected(evidence)


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    text = _("CloudWatch counts %(failures)s failed sign-ins in an hour; the log has %(logged)s.") % {
        "failures": f"{evidence['failures']:,}",
        "logged": f"{evidence['logged']:,}",
    }
    since, until = read_time(evidence["since"]), read_time(evidence["until"])
    return FindingText(text, failed_url(since, until, endpoint_id=evidence["endpoint_id"]))


RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("Failed sign-ins without a line in the log"),
    tone="warn",
    why=gettext_lazy(
        "Somebody tries to get in and fails, and the log doesn't say who. For one, AWS logs no failed sign-in by"
        " certificate."
    ),
    advice=gettext_lazy(
        "Ask whether people can't connect. If nobody complains, somebody else may be trying: see that the client"
        " certificates are in the right hands, and revoke those that aren't."
    ),
    basis=gettext_lazy(
        "The endpoint's AuthenticationFailures of an hour are at least 5 more than the failed attempts in the log."
        " Judged when both are complete: about half an hour later."
    ),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=UNREAD_METRICS,
    kept_open=timedelta(days=1),
)
