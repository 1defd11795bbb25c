"""People who may connect and have not for 90 days."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access.accounts import AccountsByName
from portal.access.models import User
from vpn.connection_log.models import ConnectionTally, ConnectionUser
from vpn.connection_log.search.links import person_url
from vpn.endpoints.models import LiveConnection
from vpn.endpoints.queries import authorization_rules, visible_endpoints
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_day, read_time

UNUSED: Final = timedelta(days=90)


def detect(now: datetime) -> list[DetectedFinding] | None:
    """None while the log doesn't reach back that far."""
    oldest = ConnectionTally.objects.aggregate(at=Min("bucket"))["at"]
    if oldest is None or oldest > now - UNUSED:
        return None
    accounts = AccountsByName(User.objects.only("username"))
    last_connected: dict[str, datetime | None] = {}
    logged = ConnectionUser.objects.filter(last_connected_at__isnull=False).order_by("last_connected_at")
    for username, at in logged.values_list("username", "last_connected_at"):
        last_connected[accounts.person_key(username)] = at
    # Who is connected now may not be in the log yet.
    connected = set(map(accounts.person_key, LiveConnection.objects.values_list("username", flat=True)))
    detected = []
    for user in _people_with_access():
        person = accounts.person_key(user.username)
        last = last_connected.get(person)
        if (last or user.created_at) < now - UNUSED and person not in connected:
            evidence = {"last": last.isoformat() if last else "", "known_since": user.created_at.isoformat()}
            detected.append(DetectedFinding(finding_key(user.username), user.username, evidence))
    return detected


def _people_with_access() -> Iterator[User]:
    """Active people with a role whom a rule of some endpoint lets in."""
    rules = [
        rule
        for endpoint in visible_endpoints()
        for rule in authorization_rules(endpoint)
        if rule.status == "active"
    ]
    people = User.objects.filter(is_active=True).exclude(roles=[])
    if not any(rule.access_all for rule in rules):
        people = people.filter(groups__overlap=[rule.group_id for rule in rules if rule.group_id] or [""])
    return people.iterator() if rules else iter(())


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    now = timezone.now()
    if not finding.evidence["last"]:
        known = read_time(finding.evidence["known_since"])
        text = _("Never connected, and known to the portal since %(day)s.") % {"day": format_day(known)}
        return FindingText(text, person_url(finding.subject, known, now))
    last = read_time(finding.evidence["last"])
    text = _("Last connected on %(day)s.") % {"day": format_day(last)}
    return FindingText(text, person_url(finding.subject, last - timedelta(days=1), now))


RULE = FindingRule(
    kind="not-seen",
    label=gettext_lazy("Not connected for 90 days, and still may"),
    tone="info",
    why=gettext_lazy("Access that nobody uses is access that nobody would miss, except an intruder."),
    advice=gettext_lazy(
        "Ask the person or their superior whether it is still needed, and take them out of the group if not."
    ),
    basis=gettext_lazy(
        "Active users with a role whose groups, as of their last sign-in to the portal, an authorization rule lets"
        " in, and of whom the log has no connection for 90 days. Not judged while the log doesn't reach back"
        " 90 days."
    ),
    detect=detect,
    describe=describe,
)
