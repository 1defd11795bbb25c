"""Trouble, or a planned change, that AWS Health reports of what the VPN rests on."""

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time
from vpn.health_events.queries import concerns_vpn, current_events
from vpn.health_events.services import configured_queue


def detect(now: datetime) -> list[DetectedFinding] | None:
    if configured_queue() is None:
        return None
    return [
        DetectedFinding(
            finding_key(event.arn),
            f"{event.type_code} {event.region}"[:1024],
            {"since": (event.started_at or event.updated_at).isoformat(), "category": event.category},
        )
        for event in current_events(now)
        if concerns_vpn(event)
    ]


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    since = format_time(read_time(finding.evidence["since"]))
    return FindingText(_("From %(time)s on.") % {"time": since}, reverse("health_events"))


RULE = FindingRule(
    kind="aws-health",
    label=gettext_lazy("AWS reports trouble or planned work"),
    tone="warn",
    why=gettext_lazy("Connections, the fixed IP address or the lines to the office may suffer."),
    advice=gettext_lazy("Read what AWS writes. Trouble of AWS's own ends without you."),
    basis=gettext_lazy("AWS Health has an event of a VPN service that isn't closed."),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=gettext_lazy("Events of AWS Health aren't read (AWS_HEALTH_QUEUE)."),
)
