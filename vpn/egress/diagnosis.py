"""What a person copies for the helpdesk: plain text, in the person's language, with nothing secret in it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.access.requests import PortalRequest
from portal.text import join_words, with_note
from vpn.connection_log.models import FAILURES, Connection
from vpn.connection_log.reasons import reason_text
from vpn.egress.person import PersonContext
from vpn.egress.texts import heading
from vpn.egress.user_agent import operating_system
from vpn.egress.verdict import RefinedVerdict
from vpn.endpoints.presence import PersonPresence

# An older failure has nothing to do with today's question, and is in other months' tables.
FAILURE_DAYS: Final = 7
VERSION_LENGTH: Final = 8
NONE: Final = "-"


def diagnosis_text(
    request: PortalRequest, person: PersonContext, refined: RefinedVerdict, presence: PersonPresence
) -> str:
    """One line a fact, each as "name: value". The helpdesk's guide (docs/ja/helpdesk.md) explains every line."""
    agent = request.headers.get("User-Agent", "")
    lines = [
        (_("Time"), _moment(timezone.now(), zone=True)),
        (_("User"), f"{request.user.name} <{request.user.username}>"),
        (_("Verdict"), with_note(heading(refined), refined.result.value)),
        ("IPv4", str(refined.v4 or NONE)),
        ("IPv6", str(refined.v6 or NONE)),
        (_("VPN connection"), _presence(presence)),
        (_("Profile"), _profile(person)),
        (_("Last failed attempt"), _failure(person.log_entries.ids)),
        (_("Computer"), operating_system(agent) or NONE),
        # A header may be kilobytes long.
        (_("Browser"), agent[:200] or NONE),
        (_("Reference number"), request.reference),
    ]
    return "\n".join(f"{name}: {value}" for name, value in lines)


def presence_text(presence: PersonPresence) -> str:
    if presence.active is None:
        return _("VPN connection: not known")
    if not presence.active:
        return _("No VPN connection")
    since = date_format(timezone.localtime(presence.since), "H:i") if presence.since else "?"
    seen = date_format(timezone.localtime(presence.seen_at), "H:i") if presence.seen_at else "?"
    return _("Connected to %(label)s since %(since)s (as of %(seen)s)") % {
        "label": presence.label,
        "since": since,
        "seen": seen,
    }


def _presence(presence: PersonPresence) -> str:
    if presence.active is None:
        return _("not known")
    if not presence.active:
        return _("none seen")
    return _("%(label)s since %(since)s (as of %(seen)s)") % {
        "label": presence.label,
        "since": _moment(presence.since) if presence.since else "?",
        "seen": _moment(presence.seen_at) if presence.seen_at else "?",
    }


def _profile(person: PersonContext) -> str:
    """The profile that this person downloaded last, by the first digits of its SHA-256."""
    newest = person.downloads.newest
    if newest is None:
        return _("not downloaded yet")
    endpoint = next(endpoint for endpoint in person.endpoints if endpoint.pk == newest.endpoint_id)
    current = newest.configuration_hash == endpoint.configuration_hash
    text = (
        _("%(label)s, version %(version)s, downloaded %(time)s")
        if current
        else _("%(label)s, version %(version)s, downloaded %(time)s; out of date")
    )
    return text % {
        "label": endpoint.label,
        "version": newest.configuration_hash[:VERSION_LENGTH],
        "time": _moment(newest.downloaded_at),
    }


def _failure(people: Collection[int]) -> str:
    failure = _last_failure(people)
    if failure is None:
        return _("none in %(days)s days") % {"days": FAILURE_DAYS}
    reason = failure.failure_reason or NONE
    text = reason_text(failure.failure_reason)
    return join_words([_moment(failure.at), with_note(text, reason)])


def _last_failure(people: Collection[int]) -> Connection | None:
    if not people:
        return None
    since = timezone.now() - timedelta(days=FAILURE_DAYS)
    failures = Connection.objects.filter(user__in=people, status__in=FAILURES, at__gt=since)
    return failures.order_by("-at").first()


def _moment(moment: datetime, *, zone: bool = False) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s T" if zone else "Y-m-d H:i")
