"""Messages in the queue of AWS Health that are no events of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key
from vpn.health_events.models import UnreadableMessage
from vpn.health_events.services import configured_queue

RECENT: Final = timedelta(days=7)


def detect(now: datetime) -> list[DetectedFinding] | None:
    configured = configured_queue()
    if configured is None:
        return None
    count = UnreadableMessage.objects.filter(received_at__gt=now - RECENT).count()
    url, _account = configured
    return [DetectedFinding(finding_key(url), url, {"count": count})] if count else []


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    count = int(finding.evidence["count"])
    text = ngettext("%(count)s message within 7 days.", "%(count)s messages within 7 days.", count)
    return FindingText(text % {"count": count}, reverse("health_events"))


RULE = FindingRule(
    kind="health-unreadable",
    label=gettext_lazy("Messages in the queue of AWS Health can't be read"),
    tone="warn",
    why=gettext_lazy("Trouble that AWS reports in a form that isn't known here would be missed."),
    advice=gettext_lazy(
        "See what they are. If another rule of EventBridge uses this queue, give it its own."
    ),
    basis=gettext_lazy("A message was taken from the queue within 7 days that is no event of AWS Health."),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=gettext_lazy("Events of AWS Health aren't read (AWS_HEALTH_QUEUE)."),
)
