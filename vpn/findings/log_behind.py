"""A log group that an endpoint writes to and that the portal has not read lately."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.models import LogSource
from vpn.connection_log.search.links import search_url
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time

BEHIND: Final = timedelta(minutes=15)


def detect(now: datetime) -> list[DetectedFinding]:
    sources = {(source.account_id, source.log_group): source for source in LogSource.objects.all()}
    # Several endpoints may write to one log group: it is one finding.
    detected = {}
    for endpoint in visible_endpoints():
        if not endpoint.log_group or endpoint.first_seen_at > now - BEHIND:
            continue
        source = sources.get((endpoint.account_id, endpoint.log_group))
        read_at = source.seen_at if source else None
        if read_at is None or read_at < now - BEHIND:
            detected[endpoint.account_id, endpoint.log_group] = DetectedFinding(
                finding_key(endpoint.account_id, endpoint.log_group),
                endpoint.log_group,
                {
                    "account": endpoint.account.name,
                    "read_at": read_at.isoformat() if read_at else "",
                    "error_id": source.error_id if source else "",
                },
            )
    return list(detected.values())


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    if not finding.evidence["read_at"]:
        return FindingText(_("This log group has never been read."))
    read_at = read_time(finding.evidence["read_at"])
    text = _("Last read at %(time)s.") % {"time": format_time(read_at)}
    return FindingText(text, search_url(read_at - timedelta(days=1), max(finding.last_seen_at, read_at)))


RULE = FindingRule(
    kind="log-behind",
    label=gettext_lazy("The log is not being read"),
    tone="out",
    why=gettext_lazy("Searches, summaries and findings miss what happened since then."),
    advice=gettext_lazy(
        "See that the worker runs and that the portal's role may read the log group. Nothing is lost: reading goes"
        " on where it stopped."
    ),
    basis=gettext_lazy("The log group of a visible endpoint was not read to its end for 15 minutes."),
    detect=detect,
    describe=describe,
)
