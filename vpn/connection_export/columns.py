"""What a line of an export holds. The ids never change: scripts read them."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.connection_log.models import ConnectionStatus
from vpn.connection_log.search.conditions import OutcomeFilter

# A spreadsheet takes such text for a formula, in Japan the full-width characters too; also behind quotes and blanks,
# which must not depend on the locale of the database.
FORMULA: Final = r"""^[[:space:]\u00a0\u3000\u200b\ufeff"']*[=+@\-＝＋－＠]|^[\t\r\n]"""
STATUS: Final = (
    f"CASE row.status WHEN '{ConnectionStatus.OPEN}' THEN '{OutcomeFilter.CONNECTED}' ELSE row.status END"
)


@dataclass(frozen=True)
class ExportColumn:
    """``sql`` speaks of ``row`` (the connection), ``who`` (its ConnectionUser), ``person`` and ``place``.

    ``untrusted``: text that somebody else chose.
    """

    id: str
    label: Promise
    sql: str
    untrusted: bool = False


COLUMNS: Final = (
    ExportColumn("at", _("Time"), "row.at"),
    ExportColumn("username", _("Username"), "who.username", untrusted=True),
    ExportColumn("name", _("Person"), "person.name", untrusted=True),
    ExportColumn("status", _("Status"), STATUS),
    ExportColumn("failure_reason", _("Reason of failure"), "row.failure_reason", untrusted=True),
    ExportColumn("started_at", _("Connected at"), "row.started_at"),
    ExportColumn("ended_at", _("Ended at"), "row.ended_at"),
    ExportColumn(
        "duration_seconds",
        _("Duration in seconds"),
        f"CASE row.status WHEN '{ConnectionStatus.ENDED}' THEN row.duration_seconds END",
    ),
    ExportColumn("device_ip", _("Source IP"), "row.device_ip"),
    ExportColumn("client_ip", _("VPN address"), "row.client_ip"),
    ExportColumn("client_ip_v6", _("VPN address (IPv6)"), "row.client_ip_v6"),
    ExportColumn("device_type", _("Device"), "row.device_type", untrusted=True),
    ExportColumn("endpoint", _("Endpoint"), "place.label", untrusted=True),
    ExportColumn("endpoint_id", _("Endpoint id"), "row.endpoint_id", untrusted=True),
    ExportColumn("ingress_bytes", _("Bytes sent by the client"), "row.ingress_bytes"),
    ExportColumn("egress_bytes", _("Bytes received by the client"), "row.egress_bytes"),
    ExportColumn("ingress_packets", _("Packets sent by the client"), "row.ingress_packets"),
    ExportColumn("egress_packets", _("Packets received by the client"), "row.egress_packets"),
    ExportColumn("transport_protocol", _("Protocol"), "row.transport_protocol", untrusted=True),
    ExportColumn("port", _("Port of the source"), "row.port"),
    ExportColumn("common_name", _("Common name"), "row.common_name", untrusted=True),
    ExportColumn("updated_at", _("Last event"), "row.updated_at"),
    ExportColumn("connection_id", _("Connection id"), "row.connection_id", untrusted=True),
)


def spreadsheet_text(column: ExportColumn) -> str:
    """For a spreadsheet: an apostrophe in front of what it would take for a formula.

    Nearly all text begins with an ASCII letter or a digit, which is cheaper to see than to match.
    """
    if not column.untrusted:
        return column.sql
    text = f'({column.sql}) COLLATE "C"'
    pattern = FORMULA.replace("'", "''")
    return (
        f"CASE WHEN {text} >= 'A' AND {text} < '{{' OR {text} >= '0' AND {text} < ':' THEN {column.sql}"
        f" WHEN {column.sql} ~ '{pattern}' THEN '''' || ({column.sql}) ELSE {column.sql} END"
    )
