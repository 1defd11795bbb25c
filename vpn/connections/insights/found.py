"""What a query found: from AWS's lines to rows, and from rows to what the table shows."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from vpn.connections.insights.joined import Joined, join, matches
from vpn.connections.insights.models import LIVE, LogQueryPart, LogQueryRow, State
from vpn.connections.log_event import LogEvent, Unreadable, parse
from vpn.connections.models import Connection, ConnectionUser
from vpn.connections.search.conditions import Position, Search
from vpn.connections.search.people import usernames_with

MOMENTS: Final = ("at", "started_at", "updated_at", "ended_at")
FIELDS: Final = tuple(
    field.attname for field in Connection._meta.concrete_fields if field.attname not in {"user_id", "at"}
)
BATCH: Final = 1000


def keep(part: LogQueryPart, search: Search, messages: Iterable[str]) -> None:
    """Store what matches, and end the part, in one transaction. Harmless if it has ended already."""
    events, unreadable = _parsed(messages)
    people = _people(search)
    now = timezone.now()
    matching = [one for one in join(events) if matches(one, search, people=people, now=now)]
    with transaction.atomic():
        live = LogQueryPart.objects.filter(pk=part.pk, state__in=LIVE)
        if not live.update(
            state=State.COMPLETE, ended_at=now, events=len(events) + unreadable, unreadable=unreadable
        ):
            return
        LogQueryRow.objects.bulk_create([_row(part, one) for one in matching], batch_size=BATCH)


def newest(query_id: int, *, limit: int, before: Position | None = None) -> list[LogQueryRow]:
    rows = LogQueryRow.objects.filter(part__query_id=query_id).order_by("-at", "-connection_id")
    if before:
        rows = rows.extra(
            where=["(vpn_logqueryrow.at, vpn_logqueryrow.connection_id) < (%s, %s)"],
            params=[before.at, before.connection_id],
        )
    return list(rows[:limit])


def connection_of(row: LogQueryRow) -> Connection:
    """Not saved; with its user."""
    values: dict[str, Any] = {name: row.fields[name] for name in FIELDS}
    for name in MOMENTS[1:]:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    username = row.fields["username"]
    user = ConnectionUser(username=username) if username else None
    return Connection(at=row.at, user=user, **values)


def _parsed(messages: Iterable[str]) -> tuple[list[LogEvent], int]:
    latest = f"{datetime.now(UTC):%Y}-12-31 23:59:59"
    events, unreadable = [], 0
    for message in messages:
        try:
            events.append(parse(message, latest=latest))
        except Unreadable:
            unreadable += 1
    return events, unreadable


def _people(search: Search) -> set[str]:
    """In whose names all words are found."""
    sets = [{name.lower() for name in names} for names in usernames_with(search.words).values()]
    return set.intersection(*sets) if sets else set()


def _row(part: LogQueryPart, one: Joined) -> LogQueryRow:
    fields = {name: getattr(one.row, name) for name in FIELDS}
    for name in MOMENTS[1:]:
        fields[name] = fields[name].isoformat() if fields[name] else None
    return LogQueryRow(
        part=part,
        at=one.row.at,
        connection_id=one.row.connection_id,
        fields=fields | {"username": one.username},
        raw=[event.raw for event in one.events],
    )
