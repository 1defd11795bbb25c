"""Somebody who connects and is no longer in the directory."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.search.links import person_url
from vpn.connection_summary.ranges import midnight
from vpn.directory.queries import current_directory, known_usernames
from vpn.findings.models import Finding
from vpn.findings.recent_use import recent_uses
from vpn.findings.rule import UNREAD_DIRECTORY, DetectedFinding, FindingRule, FindingText, finding_key


def detect(now: datetime) -> list[DetectedFinding] | None:
    directory = current_directory(now)
    if directory is None:
        return None
    uses = recent_uses(now)
    usernames = {use.person: use.username for use in uses}
    days_by_person: dict[str, list[date]] = defaultdict(list)
    for use in uses:
        days_by_person[use.person] += use.days
    known = known_usernames(directory, usernames.values())
    return [
        DetectedFinding(
            finding_key(person),
            usernames[person],
            {"first_day": min(days).isoformat(), "last_day": max(days).isoformat()},
        )
        for person, days in days_by_person.items()
        if usernames[person] not in known
    ]


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    first = date.fromisoformat(finding.evidence["first_day"])
    last = date.fromisoformat(finding.evidence["last_day"])
    text = _("Last connected on %(day)s.") % {"day": date_format(last, "DATE_FORMAT")}
    return FindingText(text, person_url(finding.subject, midnight(first), midnight(last + timedelta(days=1))))


RULE = FindingRule(
    kind="left-directory",
    label=gettext_lazy("Connected, but not in the directory"),
    tone="out",
    why=gettext_lazy("Somebody who has left may still have a session, or a way in."),
    advice=gettext_lazy(
        "Find out whose name this is. If they have left, end their connections and block them."
    ),
    basis=gettext_lazy(
        "Connections of the last 7 days to endpoints where people sign in by SAML, whose user name is neither the"
        " user name nor the e-mail address of anybody in IAM Identity Center, read in the last 6 hours."
    ),
    detect=detect,
    describe=describe,
    undecided=UNREAD_DIRECTORY,
)
