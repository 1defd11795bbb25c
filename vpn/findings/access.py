"""People who may and don't, and people who do and mayn't.

All of it rests on the groups of a person's last sign-in to the portal: nobody tells the portal of a change before
that. What an endpoint's authorization rules allow is as of its last snapshot.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Max, Min
from django.db.models.functions import Lower
from django.utils import timezone

from portal.access.models import User
from vpn.connection_log.models import ConnectionTally, ConnectionUser
from vpn.connection_log.summary.models import PersonDay
from vpn.endpoints.authorization import rules_for
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.endpoints.queries import rules_of, visible_endpoints
from vpn.findings.found import DetectedFinding, key_of
from vpn.findings.models import FindingKind

UNUSED: Final = timedelta(days=90)
LATELY: Final = timedelta(days=7)
FEDERATED: Final = "federated-authentication"


def not_seen(now: datetime) -> list[DetectedFinding] | None:
    """None, which is "can't tell", while the log doesn't reach back that far."""
    oldest = ConnectionTally.objects.aggregate(at=Min("bucket"))["at"]
    if oldest is None or oldest > now - UNUSED:
        return None
    seen = dict(
        ConnectionUser.objects.annotate(lower=Lower("username"))
        .values_list("lower")
        .annotate(Max("last_connected_at"))
        .order_by()
    )
    live = set(LiveConnection.objects.annotate(lower=Lower("username")).values_list("lower", flat=True))
    found = []
    for user in _who_may():
        last = seen.get(user.username.lower())
        if (last or user.created_at) < now - UNUSED and user.username.lower() not in live:
            evidence = {"last": last.isoformat() if last else "", "known_since": user.created_at.isoformat()}
            found.append(
                DetectedFinding(FindingKind.NOT_SEEN, key_of(user.username), user.username, evidence)
            )
    return found


def _who_may() -> Iterator[User]:
    """Active people with a role whom a rule of some endpoint lets in."""
    rules = [
        rule for endpoint in visible_endpoints() for rule in rules_of(endpoint) if rule.status == "active"
    ]
    people = User.objects.filter(is_active=True).exclude(roles=[])
    if not any(rule.access_all for rule in rules):
        people = people.filter(groups__overlap=[rule.group_id for rule in rules if rule.group_id] or [""])
    return people.iterator() if rules else iter(())


@dataclass(frozen=True)
class _Use:
    """Connections of one person to an endpoint in the last days. ``username``: in one of the cases that the log has."""

    username: str
    endpoint: Endpoint
    days: list[date]
    connections: int


def no_access(now: datetime) -> list[DetectedFinding]:
    """Of people whom the portal knows: connections on days after the sign-in that its groups are from."""
    uses = list(_uses(now))
    users = _users(use.username for use in uses)
    found = []
    for use in uses:
        user = users.get(use.username.lower())
        if user is None:
            continue
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
            key = key_of(user.username, use.endpoint.endpoint_id)
            found.append(DetectedFinding(FindingKind.NO_ACCESS, key, user.username, evidence))
    return found


def _why_not(user: User, endpoint: Endpoint) -> str:
    if not user.is_active:
        return "deactivated"
    if not user.roles:
        return "no-role"
    return "" if rules_for(rules_of(endpoint), groups=user.groups) else "no-rule"


def never_signed_in(now: datetime) -> list[DetectedFinding]:
    uses = list(_uses(now))
    users = _users(use.username for use in uses)
    strangers: dict[str, list[_Use]] = {}
    for use in uses:
        if use.username.lower() not in users:
            strangers.setdefault(use.username, []).append(use)
    return [
        DetectedFinding(
            FindingKind.NEVER_SIGNED_IN,
            key_of(username),
            username,
            {
                "connections": sum(use.connections for use in uses_of),
                "endpoints": sorted(use.endpoint.label for use in uses_of),
                "first_day": min(day for use in uses_of for day in use.days).isoformat(),
                "last_day": max(day for use in uses_of for day in use.days).isoformat(),
            },
        )
        for username, uses_of in strangers.items()
    ]


def _uses(now: datetime) -> Iterator[_Use]:
    """Where people sign in by SAML: only there is the log's username the portal's."""
    endpoints = {
        endpoint.endpoint_id: endpoint
        for endpoint in visible_endpoints()
        if FEDERATED in endpoint.authentication and endpoint.seen_at
    }
    rows = PersonDay.objects.filter(
        day__gt=timezone.localdate(now - LATELY), endpoint_id__in=endpoints
    ).values_list("user_id", "endpoint_id", "day", "connections")
    named = ConnectionUser.objects.filter(pk__in={user_id for user_id, *_ in rows}).order_by("username")
    names = dict(named.values_list("pk", "username"))
    shown = {username.lower(): username for username in names.values()}
    together: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for user_id, endpoint_id, day, connections in rows:
        if user_id in names:
            together.setdefault((names[user_id].lower(), endpoint_id), []).append((day, connections))
    for (person, endpoint_id), days in together.items():
        yield _Use(
            shown[person],
            endpoints[endpoint_id],
            [day for day, _ in days],
            sum(many for _, many in days),
        )


def _users(usernames: Iterable[str]) -> dict[str, User]:
    lower = {username.lower() for username in usernames}
    found = User.objects.annotate(lower=Lower("username")).filter(lower__in=lower)
    return {user.username.lower(): user for user in found}
