"""A client connect handler that fails: AWS then refuses the connection."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.search.links import failed_url
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.metric_rule import HOUR, UNREAD_METRICS, MetricSubject, endpoint_subject, judge_all
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, read_time
from vpn.metrics.definitions import HANDLER_ERRORS
from vpn.metrics.queries import all_points

KIND: Final = "handler-errors"
# A cold start that takes too long once is no finding.
MIN_ERRORS: Final = 3
MIN_POINTS: Final = 2
ERRORS: Final[dict[str, Promise]] = {
    "ClientConnectHandlerTimeouts": gettext_lazy("no answer within 30 seconds"),
    "ClientConnectHandlerInvalidResponses": gettext_lazy("an answer that AWS doesn't understand"),
    "ClientConnectHandlerOtherExecutionErrors": gettext_lazy("an error of the function"),
    "ClientConnectHandlerThrottlingErrors": gettext_lazy("too many calls at once"),
    "ClientConnectHandlerFailedServiceErrors": gettext_lazy("an error of AWS"),
}


def detect(now: datetime) -> list[DetectedFinding] | None:
    return judge_all([endpoint_subject(KIND, endpoint, now) for endpoint in visible_endpoints()], _judge)


def _judge(subject: MetricSubject, until: datetime) -> DetectedFinding | None:
    since = until - HOUR
    names = [metric.name for metric in HANDLER_ERRORS]
    errors: dict[str, int] = {}
    moments = set()
    for (_resource, metric), series in all_points([subject.id], names, since, until).items():
        moments |= {moment for moment, value in series if value}
        if total := sum(value or 0 for _moment, value in series):
            errors[metric] = int(total)
    if sum(errors.values()) < MIN_ERRORS or len(moments) < MIN_POINTS:
        return None
    evidence: dict[str, object] = {
        "endpoint_id": subject.id,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "errors": errors,
    }
    return subject.detected(evidence)


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    errors = sorted(evidence["errors"].items(), key=lambda pair: -pair[1])
    text = _("The client connect handler failed %(count)s times in an hour: %(errors)s") % {
        "count": f"{sum(count for _metric, count in errors):,}",
        "errors": _(", ").join(
            _("%(error)s (%(count)s)") % {"error": ERRORS[metric], "count": f"{count:,}"}
            for metric, count in errors
        ),
    }
    since, until = read_time(evidence["since"]), read_time(evidence["until"])
    return FindingText(text, failed_url(since, until, endpoint_id=evidence["endpoint_id"]))


RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("The client connect handler fails"),
    tone="out",
    why=gettext_lazy("While it fails, AWS lets nobody in, whoever they are."),
    advice=gettext_lazy(
        "Look at the function's own log and its concurrency in Lambda. If people must get in now, take the handler away"
        " from the endpoint until it works."
    ),
    basis=gettext_lazy("CloudWatch counts at least 3 errors of the handler within an hour, not all at once."),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=UNREAD_METRICS,
    kept_open=timedelta(days=1),
)
