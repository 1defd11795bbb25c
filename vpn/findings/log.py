"""The log itself: is it written, is it read, can it be read; and do more attempts fail than usual?"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Min, Sum

from vpn.connection_log.models import ConnectionTally, FailureTally, LogSource, UnreadableLine
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.found import DetectedFinding, key_of
from vpn.findings.models import FindingKind

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
WEEKS: Final = 4
# Fewer than these are nobody's trend.
LEAST_FAILURES: Final = 20
LEAST_LINES: Final = 10
TIMES: Final = 2
BEHIND: Final = timedelta(minutes=15)
# What is counted of unreadable lines, at most: a broken log has millions.
CAP: Final = 10_000


def failures_rising(now: datetime) -> list[DetectedFinding] | None:
    """The last 24 hours of an endpoint against the same 24 hours of up to four weeks before.

    None, which is "can't tell", while the log doesn't reach back a week.
    """
    oldest = ConnectionTally.objects.aggregate(at=Min("bucket"))["at"]
    weeks = [number for number in range(1, WEEKS + 1) if oldest and oldest <= now - DAY - number * WEEK]
    if not weeks:
        return None
    before = [_failures(now - number * WEEK) for number in weeks]
    labels = {endpoint.endpoint_id: endpoint.label for endpoint in visible_endpoints()}
    found = []
    for endpoint_id, failures in _failures(now).items():
        usual = sum(one.get(endpoint_id, 0) for one in before) / len(before)
        if failures >= LEAST_FAILURES and failures >= TIMES * usual:
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
            found.append(DetectedFinding(FindingKind.FAILURES_RISING, key_of(endpoint_id), label, evidence))
    return found


def _failures(until: datetime) -> dict[str, int]:
    rows = ConnectionTally.objects.filter(bucket__gt=until - DAY, bucket__lte=until).values_list(
        "endpoint_id"
    )
    sums = rows.annotate(failed=Sum("failed"), unfinished=Sum("unfinished"))
    return {endpoint_id: int(failed + unfinished) for endpoint_id, failed, unfinished in sums}


def _commonest_reason(endpoint_id: str, now: datetime) -> str:
    rows = FailureTally.objects.filter(bucket__gt=now - DAY, bucket__lte=now, endpoint_id=endpoint_id)
    sums = rows.values_list("reason").annotate(failures=Sum("failures")).order_by("-failures", "reason")
    return next((reason for reason, _failures in sums[:1]), "")


def logging_off(_now: datetime) -> list[DetectedFinding]:
    return [
        DetectedFinding(
            FindingKind.LOGGING_OFF,
            key_of(endpoint.endpoint_id),
            endpoint.label,
            {"endpoint_id": endpoint.endpoint_id},
        )
        for endpoint in visible_endpoints()
        if endpoint.seen_at and not endpoint.log_group
    ]


def log_behind(now: datetime) -> list[DetectedFinding]:
    """A log group that an endpoint writes to and that wasn't read for BEHIND."""
    sources = {(source.account_id, source.log_group): source for source in LogSource.objects.all()}
    found = {}
    for endpoint in visible_endpoints():
        if not endpoint.log_group or endpoint.first_seen_at > now - BEHIND:
            continue
        source = sources.get((endpoint.account_id, endpoint.log_group))
        read_at = source.seen_at if source else None
        if read_at is None or read_at < now - BEHIND:
            found[endpoint.account_id, endpoint.log_group] = DetectedFinding(
                FindingKind.LOG_BEHIND,
                key_of(endpoint.account_id, endpoint.log_group),
                endpoint.log_group,
                {
                    "account": endpoint.account.name,
                    "read_at": read_at.isoformat() if read_at else "",
                    "error_id": source.error_id if source else "",
                },
            )
    return list(found.values())


def unreadable_rising(now: datetime) -> list[DetectedFinding]:
    """The last 24 hours against the mean of the seven days before."""
    lines = _lines(now - DAY, now)
    usual = _lines(now - DAY - WEEK, now - DAY) / 7
    if lines < LEAST_LINES or lines < TIMES * usual:
        return []
    problems = (
        UnreadableLine.objects.filter(first_read_at__gt=now - DAY)
        .values_list("problem")
        .annotate(lines=Count("pk"))
        .order_by("-lines", "problem")
    )
    evidence = {
        "lines": lines,
        "usual": round(usual, 1),
        "problems": [problem for problem, _ in problems[:3]],
    }
    return [DetectedFinding(FindingKind.UNREADABLE_RISING, key_of("log"), "CloudWatch Logs", evidence)]


def _lines(since: datetime, until: datetime) -> int:
    found = UnreadableLine.objects.filter(first_read_at__gt=since, first_read_at__lte=until)
    return found[:CAP].count()
