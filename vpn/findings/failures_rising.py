"""An endpoint where clearly more attempts fail than at the same time in the weeks before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Min, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log import reasons
from vpn.connection_log.models import ConnectionTally, FailureTally
from vpn.connection_log.search.links import failed_url
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, read_time

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
WEEKS_COMPARED: Final = 4
# Fewer than these are nobody's trend.
MIN_FAILURES: Final = 20
MIN_RATIO: Final = 2


def detect(now: datetime) -> list[DetectedFinding] | None:
    """None while the log doesn't reach back a week: then there is nothing to compare with."""
    oldest = ConnectionTally.objects.aggregate(at=Min("bucket"))["at"]
    weeks = [week for week in range(1, WEEKS_COMPARED + 1) if oldest and oldest <= now - DAY - week * WEEK]
    if not weeks:
        return None
    before = [_failures_by_endpoint(now - week * WEEK) for week in weeks]
    labels = {endpoint.endpoint_id: endpoint.label for endpoint in visible_endpoints()}
    detected = []
    for endpoint_id, failures in _failures_by_endpoint(now).items():
        usual = sum(failed.get(endpoint_id, 0) for failed in before) / len(before)
        if failures >= MIN_FAILURES and failures >= MIN_RATIO * usual:
            evidence = {
                "failures": failures,
                "usual": round(usual, 1),
                "weeks": len(weeks),
                "since": (now - DAY).isoformat(),
                "until": now.isoformat(),
                "endpoint_id": endpoint_id,
                "reason": _commonest_reason(endpoint_id, now),
            }
            label = labels.get(endpoint_id, endpoint_id)
            detected.append(DetectedFinding(finding_key(endpoint_id), label, evidence))
    return detected


def _failures_by_endpoint(until: datetime) -> dict[str, int]:
    """Failed and unfinished attempts in the 24 hours before ``until``."""
    rows = ConnectionTally.objects.filter(bucket__gt=until - DAY, bucket__lte=until).values_list(
        "endpoint_id"
    )
    sums = rows.annotate(failed=Sum("failed"), unfinished=Sum("unfinished"))
    return {endpoint_id: int(failed + unfinished) for endpoint_id, failed, unfinished in sums}


def _commonest_reason(endpoint_id: str, now: datetime) -> str:
    rows = FailureTally.objects.filter(bucket__gt=now - DAY, bucket__lte=now, endpoint_id=endpoint_id)
    sums = rows.values_list("reason").annotate(failures=Sum("failures")).order_by("-failures", "reason")
    return next((reason for reason, _failures in sums[:1]), "")


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    text = _(
        "%(failures)s failed attempts in 24 hours; usual at this time of the week: %(usual)s. Most often: %(reason)s"
    ) % {
        "failures": f"{evidence['failures']:,}",
        "usual": f"{evidence['usual']:,}",
        "reason": reasons.reason_text(evidence["reason"]) or _("No reason given"),
    }
    since, until = read_time(evidence["since"]), read_time(evidence["until"])
    return FindingText(text, failed_url(since, until, endpoint_id=evidence["endpoint_id"]))


RULE = FindingRule(
    kind="failures-rising",
    label=gettext_lazy("More failures than usual"),
    tone="warn",
    why=gettext_lazy(
        "Something has changed: at the identity provider, at the endpoint, or somebody is trying names."
    ),
    advice=gettext_lazy(
        "Open the failures and look at their reason and whom they concern; the reason says what to do next."
    ),
    basis=gettext_lazy(
        "The last 24 hours of an endpoint against the mean of the same 24 hours of up to four weeks before:"
        " at least 20 failures, and at least twice as many."
    ),
    detect=detect,
    describe=describe,
)
