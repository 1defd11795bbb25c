"""What a line of an export holds. The ids never change: scripts read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.connection_log import policy_texts, reasons
from vpn.connection_log.models import ConnectionStatus
from vpn.connection_log.search.conditions import OutcomeFilter
from vpn.connection_log.search.forms import DEVICES

STATUS: Final = (
    f"CASE row.status WHEN '{ConnectionStatus.OPEN}' THEN '{OutcomeFilter.CONNECTED}' ELSE row.status END"
)


class ColumnKind(Enum):
    """TEXT: whoever wrote the log line chose it. SAFE: it can't be anything harmful, or the join has made it safe."""

    MOMENT = auto()
    TEXT = auto()
    SAFE = auto()


@dataclass(frozen=True)
class UsualValue:
    """``sql``: the text where ``condition`` holds, of which nothing has to be made safe."""

    condition: str
    sql: str


@dataclass(frozen=True)
class ExportColumn:
    """``sql`` speaks of ``row`` (the connection), ``who`` (its ConnectionUser), ``person`` and ``place``.

    ``known``: values that AWS documents, and what people call them. ``usual``: what nearly every row has.
    """

    id: str
    label: Promise
    sql: str
    kind: ColumnKind = ColumnKind.SAFE
    known: Mapping[str, Any] = field(default_factory=dict)
    usual: UsualValue | None = None


PROTOCOLS: Final = {"udp": "UDP", "tcp": "TCP"}
REASONS: Final = {reason: words.text for reason, words in reasons.REASONS.items()}
STATUSES: Final = {outcome.value: outcome.label for outcome in OutcomeFilter}
COLUMNS: Final = (
    ExportColumn("at", _("Time"), "row.at", ColumnKind.MOMENT),
    ExportColumn("username", _("Username"), "who.username"),
    ExportColumn("name", _("Person"), "person.name"),
    ExportColumn("status", _("Status"), STATUS, known=STATUSES),
    ExportColumn("failure_reason", _("Reason for failure"), "row.failure_reason", ColumnKind.TEXT, REASONS),
    ExportColumn("started_at", _("Connected at"), "row.started_at", ColumnKind.MOMENT),
    ExportColumn("ended_at", _("Ended at"), "row.ended_at", ColumnKind.MOMENT),
    ExportColumn(
        "duration_seconds",
        _("Duration in seconds"),
        f"CASE row.status WHEN '{ConnectionStatus.ENDED}' THEN row.duration_seconds END",
    ),
    ExportColumn("device_ip", _("Source IP"), "row.device_ip"),
    ExportColumn("client_ip", _("VPN address"), "row.client_ip"),
    ExportColumn("client_ip_v6", _("VPN address (IPv6)"), "row.client_ip_v6"),
    ExportColumn("device_type", _("Device"), "row.device_type", ColumnKind.TEXT, DEVICES),
    ExportColumn("endpoint", _("Endpoint"), "place.label"),
    ExportColumn("endpoint_id", _("Endpoint id"), "place.endpoint_id"),
    ExportColumn("ingress_bytes", _("Bytes sent by the client"), "row.ingress_bytes"),
    ExportColumn("egress_bytes", _("Bytes received by the client"), "row.egress_bytes"),
    ExportColumn("ingress_packets", _("Packets sent by the client"), "row.ingress_packets"),
    ExportColumn("egress_packets", _("Packets received by the client"), "row.egress_packets"),
    ExportColumn("transport_protocol", _("Protocol"), "row.transport_protocol", ColumnKind.TEXT, PROTOCOLS),
    ExportColumn("port", _("Port of the source"), "row.port"),
    ExportColumn(
        "common_name",
        _("Common name"),
        "row.common_name",
        ColumnKind.TEXT,
        usual=UsualValue("row.common_name = who.logged_name", "who.username"),
    ),
    ExportColumn("updated_at", _("Last event"), "row.updated_at", ColumnKind.MOMENT),
    ExportColumn(
        "connection_id",
        _("Connection id"),
        "row.connection_id",
        ColumnKind.TEXT,
        # As AWS writes it. Trimming takes a tenth of the time of a regular expression.
        usual=UsualValue(
            "rtrim(row.connection_id, '0123456789abcdef') = 'cvpn-connection-'", "row.connection_id"
        ),
    ),
    ExportColumn(
        "policy_result", _("Authorization policy"), "row.policy_result", ColumnKind.TEXT, policy_texts.RESULTS
    ),
    ExportColumn("policy_type", _("Evaluated"), "row.policy_type", ColumnKind.TEXT, policy_texts.TYPES),
    ExportColumn("policy_reason", _("Reason of the policy"), "row.policy_reason", ColumnKind.TEXT),
    ExportColumn("policy_shadow_mode", _("Shadow mode"), "row.policy_shadow_mode", ColumnKind.TEXT),
    ExportColumn("policy_devices", _("Device checks"), "row.policy_devices", ColumnKind.TEXT),
    # What the client connect handler logged; empty where it logged nothing of the connection
    ExportColumn("client_version", _("Client version"), "attempt.client_version", ColumnKind.TEXT),
    ExportColumn("platform", _("Operating system"), "attempt.platform", ColumnKind.TEXT, DEVICES),
    ExportColumn(
        "platform_version", _("Version of the operating system"), "attempt.platform_version", ColumnKind.TEXT
    ),
    ExportColumn(
        "groups",
        _("Groups that the VPN saw"),
        "array_to_string(attempt.groups, ' ')",
        ColumnKind.TEXT,
    ),
    ExportColumn("handler_decision", _("The handler's decision"), "attempt.decision", ColumnKind.TEXT),
    ExportColumn("handler_reason", _("The handler's reason"), "attempt.reason", ColumnKind.TEXT),
)
