"""More lines of the log that could not be read than usual."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.models import UnreadableLine
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key

KIND: Final = "unreadable-rising"
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
MIN_LINES: Final = 10
MIN_RATIO: Final = 2
# A broken log has millions of such lines: counting them all would take longer than the answer is worth.
MAX_COUNTED: Final = 10_000
SHOWN_PROBLEMS: Final = 3


def detect(now: datetime) -> list[DetectedFinding]:
    """The last 24 hours against the daily mean of the seven days before."""
    lines = _count_lines(now - DAY, now)
    usual = _count_lines(now - DAY - WEEK, now - DAY) / 7
    if lines < MIN_LINES or lines < MIN_RATIO * usual:
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
        "problems": [problem for problem, _count in problems[:SHOWN_PROBLEMS]],
    }
    return [DetectedFinding(finding_key("log"), "CloudWatch Logs", evidence)]


def _count_lines(since: datetime, until: datetime) -> int:
    lines = UnreadableLine.objects.filter(first_read_at__gt=since, first_read_at__lte=until)
    return lines[:MAX_COUNTED].count()


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    """Without a URL: what can't be read is no connection, and the finding's own page shows the lines."""
    text = _(
        "%(lines)s lines in 24 hours could not be read; usual in a day: %(usual)s. Most often: %(problems)s"
    ) % {
        "lines": f"{finding.evidence['lines']:,}",
        "usual": f"{finding.evidence['usual']:,}",
        "problems": _(", ").join(finding.evidence["problems"]),
    }
    return FindingText(text)


RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("More unreadable lines than usual"),
    tone="warn",
    why=gettext_lazy("AWS may have changed the log's format, or something else writes into the log group."),
    advice=gettext_lazy("The lines are kept as they are. Report a sample to those who maintain the portal."),
    basis=gettext_lazy(
        "Lines of the last 24 hours that could not be read, or only in part, against the daily mean of the seven"
        " days before: at least 10, and at least twice as many."
    ),
    detect=detect,
    describe=describe,
)
