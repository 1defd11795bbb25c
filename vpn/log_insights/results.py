"""What a log query found: from AWS's lines to rows, and from rows to what the table shows."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from portal.audit.targets import EVERYBODY
from vpn.connection_export.layout import FileLayout
from vpn.connection_export.statement import BY_NAME, CopyStatement, copy_rows
from vpn.connection_log.join import JoinedConnection
from vpn.connection_log.log_event import LogEvent, UnreadableEvent, is_permission_test, parse
from vpn.connection_log.models import Connection, ConnectionEvent, ConnectionUser
from vpn.connection_log.neighbours import join_log
from vpn.connection_log.search.conditions import ConnectionSearch, PagePosition
from vpn.connection_log.search.people import logged_usernames_with, usernames_of
from vpn.connection_log.search.record import MAX_PEOPLE
from vpn.log_insights.matching import matches
from vpn.log_insights.models import LIVE, LogQueryPart, LogQueryRow, LogQueryState

MOMENTS: Final = ("started_at", "updated_at", "ended_at", "latest_end_at")
FIELDS: Final = tuple(
    field.attname for field in Connection._meta.concrete_fields if field.attname not in {"user_id", "at"}
)
BATCH: Final = 1000
ROWS: Final = """
SELECT result.at, result.connection_id, fields.* FROM vpn_logqueryrow AS result
JOIN vpn_logquerypart AS part ON part.id = result.part_id
CROSS JOIN LATERAL jsonb_to_record(result.fields) AS fields (
    username text, endpoint_id text, status text, common_name text, device_type text, device_ip inet, port integer,
    transport_protocol text, client_ip inet, client_ip_v6 inet, started_at timestamptz, updated_at timestamptz,
    ended_at timestamptz, duration_seconds bigint, ingress_bytes bigint, egress_bytes bigint, ingress_packets bigint,
    egress_packets bigint, failure_reason text, policy_result text, policy_type text, policy_shadow_mode text,
    policy_reason text, policy_devices text
)
WHERE part.query_id = %s
"""


def save_result(part: LogQueryPart, search: ConnectionSearch, messages: Iterable[str]) -> None:
    """Store what matches, and end the part, in one transaction. Harmless if it has ended already."""
    events, unreadable = _parsed(messages)
    raw = _raw_by_connection(events)
    now = timezone.now()
    rows = list(join_log(events, now=now))
    logged = {row.username for row in rows if row.username}
    people = logged_usernames_with(search.words, logged)
    usernames = usernames_of(search.person, logged) if search.person else ()
    matching = [row for row in rows if matches(row, search, people=people, usernames=usernames)]
    with transaction.atomic():
        live = LogQueryPart.objects.filter(pk=part.pk, state__in=LIVE)
        if not live.update(
            state=LogQueryState.COMPLETE, ended_at=now, events=len(events) + unreadable, unreadable=unreadable
        ):
            return
        LogQueryRow.objects.bulk_create(
            [_row(part, row, raw[row.connection_id]) for row in matching], batch_size=BATCH
        )


def _raw_by_connection(events: Iterable[LogEvent]) -> dict[str, set[str]]:
    raw: dict[str, set[str]] = defaultdict(set)
    for event in events:
        raw[event.connection_id].add(event.raw)
    return raw


def newest_rows(query_id: int, *, limit: int, before: PagePosition | None = None) -> list[LogQueryRow]:
    rows = LogQueryRow.objects.filter(part__query_id=query_id).order_by("-at", "-connection_id")
    if before:
        rows = rows.extra(
            where=["(vpn_logqueryrow.at, vpn_logqueryrow.connection_id) < (%s, %s)"],
            params=[before.at, before.connection_id],
        )
    return list(rows[:limit])


def count_rows(query_id: int) -> int:
    return LogQueryRow.objects.filter(part__query_id=query_id).count()


def people_found(query_id: int) -> list[str]:
    """Usernames of those whom the result names; EVERYBODY where they are more than are worth naming."""
    rows = LogQueryRow.objects.filter(part__query_id=query_id).exclude(fields__username="")
    usernames = rows.values_list("fields__username", flat=True).distinct()[: MAX_PEOPLE + 1]
    return list(usernames) if len(usernames) <= MAX_PEOPLE else [EVERYBODY]


def unsaved_connection(row: LogQueryRow) -> Connection:
    """Not saved; with its user."""
    values: dict[str, Any] = {name: row.fields.get(name) for name in FIELDS}
    for name in MOMENTS:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    username = row.fields["username"]
    user = ConnectionUser(username=username) if username else None
    return Connection(at=row.at, user=user, **values)


def get_row(query_id: int, pk: int) -> LogQueryRow | None:
    return LogQueryRow.objects.filter(part__query_id=query_id, pk=pk).first()


def unsaved_events(row: LogQueryRow) -> list[ConnectionEvent]:
    """Not saved, oldest first: the lines that AWS handed out are kept with the result."""
    events, _unreadable = _parsed(row.raw)
    unsaved = [
        ConnectionEvent(
            connection_id=event.connection_id,
            at=datetime.fromisoformat(event.at).replace(tzinfo=UTC),
            digest=event.digest,
            raw=event.raw,
        )
        for event in events
    ]
    return sorted(unsaved, key=lambda event: (event.at, event.digest))


def copy_result(query_id: int, layout: FileLayout) -> CopyStatement:
    """The result as an export has it."""
    return copy_rows(ROWS, (query_id,), layout, who=BY_NAME)


def _parsed(messages: Iterable[str]) -> tuple[list[LogEvent], int]:
    latest = f"{datetime.now(UTC):%Y}-12-31 23:59:59"
    events, unreadable = [], 0
    for message in messages:
        if is_permission_test(message):
            continue
        try:
            events.append(parse(message, latest=latest))
        except UnreadableEvent:
            unreadable += 1
    return events, unreadable


def _row(part: LogQueryPart, row: JoinedConnection, raw: Iterable[str]) -> LogQueryRow:
    fields = {name: getattr(row, name) for name in FIELDS}
    for name in MOMENTS:
        fields[name] = fields[name].isoformat() if fields[name] else None
    return LogQueryRow(
        part=part,
        at=row.at,
        connection_id=row.connection_id,
        fields=fields | {"username": row.username or ""},
        raw=sorted(raw),
    )
