"""The newest connections on the home page."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.search.rows import ConnectionRow, ConnectionState, connection_row
from vpn.endpoints.presence import PersonPresence


def recent_rows(rows: Iterable[Connection], presence: PersonPresence) -> list[ConnectionRow]:
    """As the log has them; but a connection whose end it doesn't have yet is said to be open only if it is."""
    # They are the person's own, and shown without names and traffic: neither is looked up.
    now = timezone.now()
    return [_row(connection_row(row, names={}, live={}, now=now), presence) for row in rows]


def _row(row: ConnectionRow, presence: PersonPresence) -> ConnectionRow:
    connection = row.row
    if connection.status != ConnectionStatus.OPEN or presence.active:
        return row
    # AWS's list of connections is older than this connection: it can't say that it has ended.
    is_newer = presence.seen_at is not None and connection.at > presence.seen_at
    if presence.active is None or is_newer:
        return replace(row, state=ConnectionState("unknown", "", _("Open in the log")))
    return replace(
        row,
        state=ConnectionState(
            "unknown", "minus", str(ConnectionStatus.ENDED.label), _("When it ended is not in the log")
        ),
    )
