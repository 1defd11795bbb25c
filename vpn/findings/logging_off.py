"""An endpoint that writes no connection log."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.search.links import search_url
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time


def detect(_now: datetime) -> list[DetectedFinding]:
    return [
        DetectedFinding(
            finding_key(endpoint.endpoint_id), endpoint.label, {"endpoint_id": endpoint.endpoint_id}
        )
        for endpoint in visible_endpoints()
        # Without a snapshot nobody knows whether it is logged.
        if endpoint.seen_at and not endpoint.log_group
    ]


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    since = finding.first_seen_at
    text = _("Connections to this endpoint have not been logged since %(since)s or before.") % {
        "since": format_time(since)
    }
    week_before = since - timedelta(days=7)
    return FindingText(
        text, search_url(week_before, timezone.now(), endpoint_id=finding.evidence["endpoint_id"])
    )


RULE = FindingRule(
    kind="logging-off",
    label=gettext_lazy("Connections are not logged"),
    tone="out",
    why=gettext_lazy(
        "Nobody will be able to say who used this endpoint: what isn't logged can't be found out later."
    ),
    advice=gettext_lazy("Switch connection logging on at the endpoint, with a CloudWatch Logs log group."),
    basis=gettext_lazy("The endpoint's last snapshot."),
    detect=detect,
    describe=describe,
)
