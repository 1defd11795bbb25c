"""What rules about CloudWatch's metrics have in common: they judge only what is complete, and let a blip pass."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy

from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, finding_key
from vpn.metrics.log_counts import log_complete_until
from vpn.metrics.queries import Points, metrics_state

HOUR: Final = timedelta(hours=1)
UNREAD_METRICS: Final = gettext_lazy(
    "CloudWatch's metrics aren't read (VPN_SOURCES), or couldn't be read lately."
)


@dataclass(frozen=True)
class MetricSubject:
    """What a finding of ``kind`` would be about. ``complete_until`` None: nobody can tell at the moment."""

    kind: str
    id: str
    label: str
    complete_until: datetime | None

    def detected(self, evidence: dict[str, object]) -> DetectedFinding:
        return DetectedFinding(finding_key(self.id), self.label, evidence)


def judge_all(
    subjects: Iterable[MetricSubject], judge: Callable[[MetricSubject, datetime], DetectedFinding | None]
) -> list[DetectedFinding] | None:
    """The findings of those that can be judged, and the open ones of those that can't. None: none can be."""
    detected, judged = [], False
    for subject in subjects:
        if subject.complete_until is None:
            # Not known is no reason to call it mended.
            detected += _open_finding(subject)
            continue
        judged = True
        if finding := judge(subject, subject.complete_until):
            detected.append(finding)
    return detected if judged else None


def _open_finding(subject: MetricSubject) -> list[DetectedFinding]:
    rows = Finding.objects.filter(kind=subject.kind, key=finding_key(subject.id), resolved_at=None)
    return [DetectedFinding(row.key, row.subject, row.evidence) for row in rows]


def endpoint_subject(
    kind: str, endpoint: Endpoint, now: datetime, *, with_log: bool = False
) -> MetricSubject:
    """``with_log``: it is compared with the connection log, which must be complete as well."""
    complete_until = metrics_complete_until(endpoint.account, now)
    if with_log and complete_until:
        log_until = log_complete_until(endpoint, now)
        complete_until = min(complete_until, log_until) if log_until else None
    return MetricSubject(kind, endpoint.endpoint_id, endpoint.label, complete_until)


def metrics_complete_until(account: AwsAccount, now: datetime) -> datetime | None:
    return metrics_state(account, now).complete_until


def above_zero(points: Points) -> list[float]:
    return [value for _moment, value in points if value]
