"""Somebody has changed a description, a tag or the like outside the portal: good to know, no more."""

from datetime import datetime

from django.utils.translation import gettext_lazy

from vpn.findings import changed_outside
from vpn.findings.rule import DetectedFinding, FindingRule


def detect(_now: datetime) -> list[DetectedFinding]:
    changes = changed_outside.outside_changes()
    return changed_outside.group_changes(
        change for change in changes if not changed_outside.is_weighty(change)
    )


RULE = FindingRule(
    kind="changed-outside-info",
    label=gettext_lazy("A detail of an endpoint was changed outside the portal"),
    tone="info",
    why=gettext_lazy("Nobody is cut off by it, but nobody planned it here."),
    advice=gettext_lazy("See in the history of changes who it was."),
    basis=changed_outside.BASIS,
    detect=detect,
    describe=changed_outside.describe,
    usernames=changed_outside.usernames,
    kept_open=changed_outside.SHOWN,
)
