"""A connection as the tables show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.text import with_note
from vpn.connection_log import policy_texts, reasons, units
from vpn.connection_log.models import FAILURES, Connection, ConnectionStatus
from vpn.connection_log.nights import is_overnight
from vpn.connection_log.policy_evaluation import is_cut_by_policy
from vpn.connection_log.search.people import display_names
from vpn.connection_log.search.search_box import quote_term
from vpn.endpoints.models import LiveConnection
from vpn.moments import format_table_moment

SYSTEMS: Final = {"win": "Windows", "mac": "macOS", "linux": "Linux"}
NOTHING: Final = "–"


@dataclass(frozen=True)
class ConnectionState:
    """What components/badge.html takes, and what stands under it."""

    tone: str
    icon: str
    text: str
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True)
class ConnectionRow:
    """``username``: as the log writes it; ``name``: as the portal knows it. Both may be empty, and so may the rest.

    ``until``: when it ended, with the day if that is another one than the beginning's. ``endpoint``: its label, where
    the table has a column for it.
    """

    row: Connection
    time: str
    until: str
    name: str
    username: str
    state: ConnectionState
    device: str
    duration: str
    traffic: str
    url: str = ""
    endpoint: str = ""

    @property
    def search(self) -> str:
        return person_query(self.username)


def person_query(username: str) -> str:
    """For the URL: what the search box takes to find this person's connections, and no others'."""
    return quote(f"person:{quote_term(username)}")


def connection_rows(rows: Iterable[Connection]) -> list[ConnectionRow]:
    """Their users are loaded."""
    rows = list(rows)
    names = display_names(row.user.username for row in rows if row.user)
    live = _live_bytes(rows)
    now = timezone.now()
    return [connection_row(row, names=names, live=live, now=now) for row in rows]


def connection_row(
    row: Connection, *, names: Mapping[str, str], live: Mapping[str, int], now: datetime
) -> ConnectionRow:
    username = row.user.username if row.user else ""
    return ConnectionRow(
        row=row,
        time=format_table_moment(row.at),
        until=_until(row),
        name=names.get(username, ""),
        username=username,
        state=connection_state(row),
        device=device_name(row),
        duration=_duration(row, now),
        traffic=_traffic(row, live),
    )


def connection_state(row: Connection) -> ConnectionState:
    policy = policy_texts.end_text(row)
    if row.status == ConnectionStatus.OPEN:
        advice = _night_advice(row.at, timezone.now())
        return ConnectionState("ok", "", str(ConnectionStatus.OPEN.label), policy, advice)
    if is_cut_by_policy(row):
        advice = reasons.reason_advice(reasons.POLICY_DENY)
        return ConnectionState("unknown", "minus", str(ConnectionStatus.ENDED.label), policy, advice)
    if row.status == ConnectionStatus.ENDED and row.ended_at is None:
        return ConnectionState(
            "unknown", "minus", str(ConnectionStatus.ENDED.label), _("When it ended is not in the log")
        )
    if row.status == ConnectionStatus.FAILED:
        reason, advice = _reason(row.failure_reason)
        failed = policy_texts.failed_devices_text(row)
        reason = with_note(reason, failed) if reason else failed
        return ConnectionState("out", "", str(ConnectionStatus.FAILED.label), reason, advice)
    if row.status == ConnectionStatus.UNFINISHED:
        return ConnectionState("out", "", str(ConnectionStatus.FAILED.label), *_reason(reasons.UNFINISHED))
    if row.status == ConnectionStatus.SIGN_IN:
        return ConnectionState("ok", "", str(ConnectionStatus.SIGN_IN.label))
    advice = _night_advice(row.at, row.ended_at) if row.ended_at else ""
    return ConnectionState("unknown", "minus", str(ConnectionStatus.ENDED.label), policy, advice)


def _night_advice(since: datetime, until: datetime) -> str:
    """The person reads it before anybody else does (vpn/costs)."""
    return (
        _("It stayed open all night. Disconnect when you have finished.")
        if is_overnight(since, until)
        else ""
    )


def _reason(reason: str | None) -> tuple[str, str]:
    return reasons.reason_text(reason), reasons.reason_advice(reason)


def device_name(row: Connection) -> str:
    return SYSTEMS.get(row.device_type or "", row.device_type or "")


def _until(row: Connection) -> str:
    if row.status != ConnectionStatus.ENDED or row.ended_at is None:
        return ""
    same_day = timezone.localdate(row.ended_at) == timezone.localdate(row.at)
    return (
        date_format(timezone.localtime(row.ended_at), "H:i:s")
        if same_day
        else format_table_moment(row.ended_at)
    )


def _duration(row: Connection, now: datetime) -> str:
    if row.status == ConnectionStatus.ENDED and row.duration_seconds is not None:
        return units.format_duration(row.duration_seconds)
    if row.status == ConnectionStatus.OPEN:
        return units.format_duration(max(int((now - row.at).total_seconds()), 0))
    return NOTHING


def _traffic(row: Connection, live: Mapping[str, int]) -> str:
    if row.status in FAILURES:
        return NOTHING
    total = max(row.ingress_bytes + row.egress_bytes, live.get(row.connection_id, 0))
    return units.format_size(total) if total or row.ended_at else NOTHING


def _live_bytes(rows: Iterable[Connection]) -> dict[str, int]:
    """While it is open, only the snapshot of the live connections knows how much has gone through."""
    ids = [row.connection_id for row in rows if row.status == ConnectionStatus.OPEN]
    # Most pages have no open connection, and then need no query.
    if not ids:
        return {}
    live_connections = LiveConnection.objects.filter(connection_id__in=ids)
    return {live.connection_id: live.ingress_bytes + live.egress_bytes for live in live_connections}
