"""What the page of one connection shows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.text import join_sentences, join_words, with_note
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import find_attempt, judge_client
from vpn.connect_attempts.texts import client_text, decision_text, groups_text, system_text, upgrade_text
from vpn.connection_details.likely import LikelyPerson
from vpn.connection_log import policy_texts, reasons, units
from vpn.connection_log.coverage.queries import coverage
from vpn.connection_log.coverage.texts import gap_texts
from vpn.connection_log.models import FAILURES, Connection, ConnectionEvent, ConnectionStatus
from vpn.connection_log.search.rows import NOTHING, ConnectionRow, connection_rows, device_name, person_query
from vpn.directory.queries import group_names
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.endpoints.queries import is_stale

Fact = tuple[str, str]
# Halves of surrogate pairs and integers of thousands of digits are ValueErrors; what is nested deeper than the page's
# own stack leaves room for is the other.
UNREADABLE: Final = (ValueError, RecursionError)


@dataclass(frozen=True)
class EventRow:
    at: datetime
    title: str
    raw: str


@dataclass(frozen=True)
class LikelyRow:
    """Somebody who may have begun the sign-in, and what that rests on."""

    name: str
    username: str
    url: str
    why: str


def page_context(row: Connection) -> dict[str, Any]:
    """Whatever is said of one connection, stored or not; without what lies around it."""
    line = connection_rows([row])[0]
    endpoint = endpoint_label(row)
    reason = failure_reason(row)
    return {
        "row": row,
        "line": line,
        "title": line.name or line.username or (_("Not signed in") if reason else _("Somebody")),
        "sentence": sentence(row, line, endpoint=endpoint),
        "facts": connection_facts(row, line, endpoint=endpoint),
        "failed": reason is not None,
        "advice": reasons.reason_advice(reason) if reason is not None else "",
    }


def endpoint_label(row: Connection) -> str:
    """The id, where the endpoint was never read."""
    labels = Endpoint.objects.filter(endpoint_id=row.endpoint_id).values_list("label", flat=True)
    return labels.first() or row.endpoint_id


def live_context(live: LiveConnection | None) -> dict[str, Any]:
    """What AWS itself said of it at its last look, if it is still there."""
    if live is None:
        return {}
    sent, received = units.format_size(live.ingress_bytes), units.format_size(live.egress_bytes)
    return {"live": live, "sent": sent, "received": received}


def unread_end(row: Connection, live: LiveConnection | None) -> str:
    """Why a connection without an end may have ended all the same; empty where the log has been read."""
    if row.status != ConnectionStatus.OPEN or (live and not is_stale(live.endpoint)):
        return ""
    gaps = coverage(row.updated_at, timezone.now(), endpoint_ids=[row.endpoint_id]).warnings
    return join_sentences(_("It may have ended since."), *gap_texts(gaps)) if gaps else ""


def likely_rows(people: Iterable[LikelyPerson]) -> list[LikelyRow]:
    return [
        LikelyRow(
            name=person.name or person.username,
            username=person.username if person.name else "",
            url=f"{reverse('connections')}?q={person_query(person.username)}&range=month",
            why=_likely_reason(person),
        )
        for person in people
    ]


def _likely_reason(person: LikelyPerson) -> str:
    values = {"count": person.connections, "last": moment_text(person.last_at)}
    if person.same_device:
        return (
            ngettext(
                "%(count)s connection from the same source IP with the same kind of device; the newest at %(last)s",
                "%(count)s connections from the same source IP with the same kind of device; the newest at %(last)s",
                person.connections,
            )
            % values
        )
    return (
        ngettext(
            "%(count)s connection from the same source IP, with another kind of device; the newest at %(last)s",
            "%(count)s connections from the same source IP, with another kind of device; the newest at %(last)s",
            person.connections,
        )
        % values
    )


def sentence(row: Connection, line: ConnectionRow, *, endpoint: str) -> str:
    """The whole connection in words."""
    values = {
        "who": line.name or line.username or _("Somebody"),
        "endpoint": endpoint,
        "address": row.device_ip or _("an address that isn't in the log"),
        "since": moment_text(row.at),
        "until": moment_text(row.ended_at),
        "latest": moment_text(row.latest_end_at),
        "duration": line.duration,
        "traffic": line.traffic,
    }
    return _sentence_form(row) % values


def _sentence_form(row: Connection) -> str:
    """The sentence for how it went, whose places sentence() fills."""
    if row.status in FAILURES:
        return _("%(who)s tried to connect to %(endpoint)s from %(address)s at %(since)s, but couldn't.")
    if row.status == ConnectionStatus.SIGN_IN:
        return _(
            "The sign-in to %(endpoint)s from %(address)s at %(since)s succeeded. There were others from the same"
            " address at that time: the log doesn't say which connection this one led to."
        )
    if row.status == ConnectionStatus.OPEN:
        return _("%(who)s has been connected to %(endpoint)s from %(address)s since %(since)s.")
    if row.ended_at:
        return _(
            "%(who)s was connected to %(endpoint)s from %(address)s, from %(since)s to %(until)s (%(duration)s)."
            " Traffic: %(traffic)s."
        )
    # Closed by the worker: somebody else got its address, or no session lasts that long.
    return _(
        "%(who)s connected to %(endpoint)s from %(address)s at %(since)s. When it ended is not in the log; it was"
        " at %(latest)s at the latest."
    )


def failure_reason(row: Connection) -> str | None:
    """AWS's, or ours for a sign-in that was not finished; None for what did not fail."""
    if row.status == ConnectionStatus.UNFINISHED:
        return reasons.UNFINISHED
    return row.failure_reason or "" if row.status == ConnectionStatus.FAILED else None


def connection_facts(row: Connection, line: ConnectionRow, *, endpoint: str) -> list[Fact]:
    """Every field of the log, in the log's order of ideas: who, where, when, how much."""
    return [
        (_("Connection"), row.connection_id),
        (_("Person"), line.username or NOTHING),
        (_("Common name of the certificate"), row.common_name or NOTHING),
        (_("Endpoint"), with_note(endpoint, row.endpoint_id)),
        (_("Device"), device_name(row) or NOTHING),
        (_("Source IP"), f"{row.device_ip or NOTHING}{port_text(row)}"),
        (_("VPN address"), join_words(filter(None, (row.client_ip, row.client_ip_v6))) or NOTHING),
        (_("Started"), moment_text(row.started_at)),
        (_("Newest event"), moment_text(row.updated_at)),
        (_("End"), moment_text(row.ended_at)),
        (_("Duration"), duration_text(row)),
        (_("Sent"), _amount(row.ingress_bytes, row.ingress_packets)),
        (_("Received"), _amount(row.egress_bytes, row.egress_packets)),
        (_("Reason for failure"), row.failure_reason or NOTHING),
        *policy_facts(row),
        *client_facts(find_attempt(row.connection_id)),
    ]


def policy_facts(row: Connection) -> list[Fact]:
    """Nothing where the endpoint has no authorization policy."""
    if not row.policy_result:
        return []
    return [
        (_("Authorization policy"), policy_texts.result_text(row)),
        (_("Reason of the policy"), row.policy_reason or NOTHING),
        (_("Device checks"), join_words(policy_texts.device_texts(row)) or NOTHING),
    ]


def client_facts(attempt: ConnectAttempt | None) -> list[Fact]:
    """What the client connect handler logged. Without a line of it the client is unknown, and the rest isn't shown."""
    if attempt is None:
        return [(_("Client"), client_text(None))]
    endpoint = Endpoint.objects.filter(endpoint_id=attempt.endpoint_id).first()
    upgrade = upgrade_text(judge_client(attempt, endpoint))
    client = client_text(attempt)
    return [
        (_("Client"), with_note(client, upgrade) if upgrade else client),
        (_("Operating system"), system_text(attempt) or NOTHING),
        (_("Groups that the VPN saw"), groups_text(attempt, group_names()) or NOTHING),
        (_("The handler's decision"), decision_text(attempt)),
        *([(_("Refusal code"), attempt.support_code)] if attempt.support_code else []),
    ]


def event_rows(events: list[ConnectionEvent], attempt: ConnectAttempt | None = None) -> list[EventRow]:
    """The lines of the log, and of the client connect handler's."""
    rows = [EventRow(event.at, _title(event), _pretty(event.raw)) for event in events]
    if attempt is not None:
        rows.append(EventRow(attempt.at, _("Client connect handler"), _pretty(attempt.raw)))
    return sorted(rows, key=lambda row: row.at)


def port_text(row: Connection) -> str:
    protocol = f" {row.transport_protocol.upper()}" if row.transport_protocol else ""
    return f"{protocol} {row.port}" if row.port is not None else protocol


def moment_text(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else NOTHING


def duration_text(row: Connection) -> str:
    ended = row.status == ConnectionStatus.ENDED and row.duration_seconds is not None
    return units.format_duration(row.duration_seconds or 0) if ended else NOTHING


def _amount(size: int, packets: int) -> str:
    return _("%(size)s in %(packets)s packets") % {"size": units.format_size(size), "packets": f"{packets:,}"}


def _title(event: ConnectionEvent) -> str:
    """By its own words: connection-log-type and the status that goes with it."""
    try:
        fields = json.loads(event.raw)
    except UNREADABLE:
        return ""
    kind = fields.get("connection-log-type", "")
    status = fields.get("connection-attempt-status", "")
    if kind == "connection-reset":
        status = fields.get("connection-reset-status", "")
    return f"{kind} {status}" if isinstance(status, str) and status not in {"NA", ""} else str(kind)


def _pretty(raw: str) -> str:
    """As AWS wrote it, in lines; what can't be shown so, as it came."""
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False, indent=2)
        text.encode()
    except UNREADABLE:
        return raw
    return text
