"""People who connected although none of their groups, as the portal knows them, may."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access.models import User
from vpn.connection_log.search.links import person_url
from vpn.connection_summary.ranges import midnight
from vpn.endpoints.authorization import rules_for
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import authorization_rules
from vpn.findings.models import Finding
from vpn.findings.recent_use import recent_uses
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time

DAY: Final = timedelta(days=1)


def detect(now: datetime) -> list[DetectedFinding]:
    detected = []
    for use in recent_uses(now):
        user = use.user
        if user is None:
            continue
        # The groups are those of the last sign-in. What was used on that day may have been before it.
        known_at = user.last_login or user.created_at
        days = [day for day in use.days if day > timezone.localdate(known_at)]
        why = _why_not(user, use.endpoint)
        if why and days:
            evidence = {
                "why": why,
                "groups_of": known_at.isoformat(),
                "endpoint": use.endpoint.label,
                "endpoint_id": use.endpoint.endpoint_id,
                "first_day": min(days).isoformat(),
                "last_day": max(days).isoformat(),
            }
            key = finding_key(user.username, use.endpoint.endpoint_id)
            detected.append(DetectedFinding(key, user.username, evidence))
    return detected


def _why_not(user: User, endpoint: Endpoint) -> str:
    """Why the person may not use the endpoint; empty if a rule lets them."""
    if not user.is_active:
        return "deactivated"
    if not user.roles:
        return "no-role"
    return "" if rules_for(authorization_rules(endpoint), groups=user.groups) else "no-rule"


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    first, last = date.fromisoformat(evidence["first_day"]), date.fromisoformat(evidence["last_day"])
    values = {
        "endpoint": evidence["endpoint"],
        "day": date_format(last, "DATE_FORMAT"),
        "groups_of": format_time(read_time(evidence["groups_of"])),
    }
    match evidence["why"]:
        case "deactivated":
            text = _("Deactivated in the portal, and connected to %(endpoint)s, last on %(day)s.")
        case "no-role":
            text = _(
                "In no group of the portal since %(groups_of)s, and connected to %(endpoint)s, last on %(day)s."
            )
        case _other:
            text = _(
                "No group of the sign-in at %(groups_of)s is let in by %(endpoint)s, and yet connected to it, last"
                " on %(day)s."
            )
    url = person_url(
        finding.subject, midnight(first), midnight(last + DAY), endpoint_id=evidence["endpoint_id"]
    )
    return FindingText(text % values, url)


RULE = FindingRule(
    kind="no-access",
    label=gettext_lazy("Connected without a group that may"),
    tone="warn",
    why=gettext_lazy(
        "Who has left a group should no longer get in. The identity provider or the endpoint still lets them."
    ),
    advice=gettext_lazy(
        "Compare the person's groups in the directory with the endpoint's authorization rules. If they must not"
        " connect, take the assignment away and disconnect them; if they may, have them sign in to the portal"
        " again."
    ),
    basis=gettext_lazy(
        "The groups of the person's last sign-in to the portal, the endpoint's authorization rules as of its last"
        " snapshot, and connections on later days, of the last 7 days. Groups that changed after that sign-in are"
        " not known to the portal."
    ),
    detect=detect,
    describe=describe,
)
