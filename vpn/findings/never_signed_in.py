"""People who connect and have never signed in to the portal."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.search.links import person_url
from vpn.connection_summary.ranges import midnight
from vpn.findings.models import Finding
from vpn.findings.recent_use import EndpointUse, recent_uses
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key


def detect(now: datetime) -> list[DetectedFinding]:
    strangers: dict[str, list[EndpointUse]] = {}
    for use in recent_uses(now):
        if use.user is None:
            strangers.setdefault(use.username, []).append(use)
    return [_detected(username, theirs) for username, theirs in strangers.items()]


def _detected(username: str, uses: list[EndpointUse]) -> DetectedFinding:
    days = [day for use in uses for day in use.days]
    evidence = {
        "connections": sum(use.connections for use in uses),
        "endpoints": sorted(use.endpoint.label for use in uses),
        "first_day": min(days).isoformat(),
        "last_day": max(days).isoformat(),
    }
    return DetectedFinding(finding_key(username), username, evidence)


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    first, last = date.fromisoformat(evidence["first_day"]), date.fromisoformat(evidence["last_day"])
    text = _("%(connections)s connections to %(endpoints)s in the last 7 days, last on %(day)s.") % {
        "connections": f"{evidence['connections']:,}",
        "endpoints": _(", ").join(evidence["endpoints"]),
        "day": date_format(last, "DATE_FORMAT"),
    }
    return FindingText(text, person_url(finding.subject, midnight(first), midnight(last + timedelta(days=1))))


RULE = FindingRule(
    kind="never-signed-in",
    label=gettext_lazy("Connected, but never signed in to the portal"),
    tone="info",
    why=gettext_lazy("The portal doesn't know these people: neither their groups nor their names."),
    advice=gettext_lazy(
        "Check in the directory that the account belongs to somebody. Signing in to the portal once settles it."
    ),
    basis=gettext_lazy(
        "Connections of the last 7 days to endpoints where people sign in by SAML, whose user name no one has"
        " signed in to the portal with, whatever its case."
    ),
    detect=detect,
    describe=describe,
    counted_together=True,
)
