"""One's own connection, said to oneself: no third person, and nothing that only an auditor reads."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from portal.text import join_words
from vpn.connect_attempts.queries import find_attempt
from vpn.connection_details.pages import (
    Fact,
    client_facts,
    duration_text,
    endpoint_label,
    moment_text,
    page_context,
    policy_facts,
    port_text,
)
from vpn.connection_log import units
from vpn.connection_log.models import FAILURES, Connection, ConnectionStatus
from vpn.connection_log.search.rows import NOTHING, ConnectionRow, connection_rows, device_name
from vpn.endpoints.models import Endpoint


def own_page_context(row: Connection) -> dict[str, Any]:
    endpoint = endpoint_label(row)
    context = page_context(row)
    return context | {
        "own": True,
        "title": _("Connection to %(endpoint)s") % {"endpoint": endpoint},
        "sentence": own_sentence(row, context["line"], endpoint=endpoint),
        "facts": own_facts(row, endpoint=endpoint),
    }


def own_rows(rows: Iterable[Connection]) -> list[ConnectionRow]:
    """With the endpoint, by which somebody with two profiles tells their connections apart."""
    lines = connection_rows(rows)
    ids = {line.row.endpoint_id for line in lines}
    labels = dict(Endpoint.objects.filter(endpoint_id__in=ids).values_list("endpoint_id", "label"))
    return [
        replace(line, endpoint=labels.get(line.row.endpoint_id) or line.row.endpoint_id) for line in lines
    ]


def own_sentence(row: Connection, line: ConnectionRow, *, endpoint: str) -> str:
    return _sentence_form(row) % {
        "endpoint": endpoint,
        "address": row.device_ip or _("an address that isn't in the log"),
        "since": moment_text(row.at),
        "until": moment_text(row.ended_at),
        "latest": moment_text(row.latest_end_at),
        "duration": line.duration,
        "traffic": line.traffic,
    }


def _sentence_form(row: Connection) -> str:
    if row.status in FAILURES:
        return _("You couldn't connect to %(endpoint)s (%(since)s, from %(address)s).")
    if row.status == ConnectionStatus.SIGN_IN:
        return _(
            "Your sign-in to %(endpoint)s succeeded (%(since)s, from %(address)s). The log doesn't say which "
            "connection it led to."
        )
    if row.status == ConnectionStatus.OPEN:
        return _("You have been connected to %(endpoint)s since %(since)s, from %(address)s.")
    if row.ended_at:
        return _(
            "You were connected to %(endpoint)s for %(duration)s (%(since)s to %(until)s, %(traffic)s transferred)."
        )
    return _(
        "You connected to %(endpoint)s at %(since)s. When it ended is not in the log; it was at %(latest)s at the "
        "latest."
    )


def own_facts(row: Connection, *, endpoint: str) -> list[Fact]:
    """What the log tells, and only that: a row without a value tells nobody anything."""
    facts = [
        (_("Endpoint"), endpoint),
        (_("Device"), device_name(row)),
        (_("Source IP"), f"{row.device_ip}{port_text(row)}" if row.device_ip else ""),
        (_("VPN address"), join_words(filter(None, (row.client_ip, row.client_ip_v6)))),
        (_("Started"), moment_text(row.started_at) if row.started_at else ""),
        (_("End"), moment_text(row.ended_at) if row.ended_at else ""),
        (_("Duration"), duration_text(row) if row.status == ConnectionStatus.ENDED else ""),
        (_("Sent"), units.format_size(row.ingress_bytes)),
        (_("Received"), units.format_size(row.egress_bytes)),
        (_("Reason for failure"), row.failure_reason or ""),
        # The helpdesk asks for it.
        (_("Connection"), row.connection_id),
    ]
    facts += [*policy_facts(row), *client_facts(find_attempt(row.connection_id))]
    return [(label, text) for label, text in facts if text not in {"", NOTHING}]
