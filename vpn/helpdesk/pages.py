"""What the page of one person shows: now, the diagnosis in words, and what was looked at for it."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.text import join_sentences, join_words, with_note
from vpn.connect_attempts.texts import client_summary
from vpn.connection_log.models import CONNECTED, Connection
from vpn.connection_log.search.rows import device_name
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import Cause, LayerResult, LayerState
from vpn.diagnosis.diagnose import Diagnosis
from vpn.endpoints.statuses import StatusBadge
from vpn.moments import format_recent_moment

TONES: Final = {
    LayerState.HOLDS: "ok",
    LayerState.FAILS: "out",
    LayerState.UNKNOWN: "unknown",
    LayerState.UNTESTED: "unknown",
}
# The agent's own language first: that is the one that is read out, most of the time.
LANGUAGES: Final = ("ja", "en")


@dataclass(frozen=True)
class ShownLayer:
    """A layer as the page lists it. ``state``: in words."""

    result: LayerResult
    label: str
    tone: str
    state: str


@dataclass(frozen=True)
class PhoneText:
    """What to say, in one language; ``language`` is also the HTML's ``lang``."""

    language: str
    text: str


def shown_layers(diagnosis: Diagnosis) -> list[ShownLayer]:
    states = {
        LayerState.HOLDS: _("works"),
        LayerState.FAILS: _("fails"),
        LayerState.UNKNOWN: _("not known"),
        LayerState.UNTESTED: _("not looked at"),
    }
    return [
        ShownLayer(result, str(result.layer.label), TONES[result.state], states[result.state])
        for result in diagnosis.results
    ]


def phone_texts(cause: Cause) -> list[PhoneText]:
    ordered = sorted(LANGUAGES, key=lambda language: language != get_language())
    return [PhoneText(language, cause.tell(language)) for language in ordered]


def operation_url(cause: Cause) -> str:
    """The operation's form, filled in; empty where no operation mends it."""
    if not cause.text.operation:
        return ""
    url = reverse("operation_new", args=[cause.text.operation])
    return f"{url}?{urlencode(cause.operation_query)}" if cause.operation_query else url


def presence_badge(facts: PersonFacts) -> StatusBadge:
    if facts.presence.active is None:
        return StatusBadge("unknown", _("Not known whether connected"))
    return (
        StatusBadge("ok", _("Connected")) if facts.presence.active else StatusBadge("out", _("Not connected"))
    )


def headline(facts: PersonFacts) -> str:
    """E-mail address, computer, and when the person was last connected: what an agent reads back to be sure."""
    newest = next((row for row in facts.attempts if row.status in CONNECTED), None)
    parts = [
        facts.user.email if facts.user and facts.user.email != facts.username else facts.username,
        device_name(facts.attempts[0]) if facts.attempts else "",
        _("last connection %(at)s") % {"at": format_recent_moment(newest.at)} if newest else "",
    ]
    return " · ".join(filter(None, parts))


def now_facts(facts: PersonFacts) -> list[dict[str, str]]:
    """Each with its age, since none of it is asked of AWS now."""
    presence, attempt = facts.presence, facts.progress.attempt
    rows = [(_("VPN connection"), _presence_text(facts))]
    if presence.active and presence.since:
        rows.append((_("Since"), format_recent_moment(presence.since)))
    if attempt is not None:
        rows.append((_("Comes from"), with_note(_source(attempt), format_recent_moment(attempt.at))))
    rows += [(_("Client"), client_summary(client)) for client in facts.clients] or [
        (_("Client"), _("Unknown"))
    ]
    if facts.check is not None:
        text = _("%(address)s (%(at)s)") % {
            "address": facts.check.address or "?",
            "at": format_recent_moment(facts.check.checked_at),
        }
        rows.append((_("Address at the last connection check"), text))
    if facts.endpoint is not None and not facts.endpoint.split_tunnel and facts.endpoint.egress_ips:
        addresses = join_words(facts.endpoint.egress_ips)
        rows.append((_("Fixed IP address"), with_note(addresses, facts.endpoint.label)))
    return [{"label": label, "value": value} for label, value in rows]


def _presence_text(facts: PersonFacts) -> str:
    presence = facts.presence
    if presence.active is None:
        return _("not known: AWS's list is old, or has no names")
    as_of = format_recent_moment(presence.seen_at) if presence.seen_at else "?"
    if not presence.active:
        return _("none (as of %(at)s)") % {"at": as_of}
    return _("%(label)s (as of %(at)s)") % {"label": presence.label, "at": as_of}


def _source(attempt: Connection) -> str:
    return with_note(attempt.device_ip or "?", device_name(attempt))


def ticket_text(facts: PersonFacts, diagnosis: Diagnosis, name: str) -> str:
    """For the ticket: plain text, one fact a line."""
    cause = diagnosis.cause
    lines = [f"{name} <{facts.username}>", _presence_text(facts)]
    if cause is not None:
        lines += [_("Cause: %(cause)s (%(id)s)") % {"cause": cause.sentence, "id": cause.id}]
        lines += [
            f"- {line.text}" for result in diagnosis.results if result.cause for line in result.evidence
        ]
        lines += [cause.administrator] if cause.administrator else []
    else:
        lines += [_("No cause found.")]
        lines += [f"- {result.layer.label}: {_evidence(result)}" for result in diagnosis.unknown]
    return "\n".join(lines)


def _evidence(result: LayerResult) -> str:
    return join_sentences(*(line.text for line in result.evidence))
