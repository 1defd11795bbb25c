"""What is counted beside the connections, in the same transaction: tallies, people, and the days to count anew."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from vpn.connection_log.database import execute
from vpn.connection_log.join import JoinedConnection
from vpn.connection_log.models import ChangedDay, ConnectionStatus, ConnectionUser
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.rows import as_json

TALLY_SECONDS: Final = 600
TALLIED: Final = ("connected", "open", "failed", "unfinished", "seconds")
ADD_TALLY: Final = """
INSERT INTO vpn_connectiontally AS tally (bucket, endpoint_id, connected, open, failed, unfinished, seconds)
SELECT * FROM jsonb_to_recordset(%s) AS added (bucket timestamptz, endpoint_id text, connected bigint, open bigint,
    failed bigint, unfinished bigint, seconds bigint)
ON CONFLICT (bucket, endpoint_id) DO UPDATE SET
    connected = tally.connected + excluded.connected, open = tally.open + excluded.open,
    failed = tally.failed + excluded.failed, unfinished = tally.unfinished + excluded.unfinished,
    seconds = tally.seconds + excluded.seconds
"""
ADD_FAILURES: Final = """
INSERT INTO vpn_failuretally AS tally (bucket, endpoint_id, reason, failures)
SELECT * FROM jsonb_to_recordset(%s)
    AS added (bucket timestamptz, endpoint_id text, reason text, failures bigint)
ON CONFLICT (bucket, endpoint_id, reason) DO UPDATE SET failures = tally.failures + excluded.failures
"""
ADD_TO_USERS: Final = """
UPDATE vpn_connectionuser AS known SET
    connections = known.connections + added.connections,
    first_connected_at = least(known.first_connected_at, added.first),
    last_connected_at = greatest(known.last_connected_at, added.last)
FROM jsonb_to_recordset(%s) AS added (id bigint, connections bigint, first timestamptz, last timestamptz)
WHERE known.id = added.id
"""
# What was the first or the last and is no more: a late event has moved a connection's beginning, or given it to
# somebody else. Whoever has none left goes with vpn/connection_log/ingest/retention.py.
FIND_USERS_ENDS: Final = """
UPDATE vpn_connectionuser AS known SET
    first_connected_at = CASE WHEN moved.first > known.first_connected_at THEN known.first_connected_at ELSE (
        SELECT min(at) FROM vpn_connection WHERE user_id = known.id AND status IN ('open', 'ended')
    ) END,
    last_connected_at = CASE WHEN moved.last < known.last_connected_at THEN known.last_connected_at ELSE (
        SELECT max(at) FROM vpn_connection WHERE user_id = known.id AND status IN ('open', 'ended')
    ) END
FROM jsonb_to_recordset(%s) AS moved (id bigint, first timestamptz, last timestamptz)
WHERE known.id = moved.id
"""


def count_changes(
    before: Sequence[JoinedConnection], after: Sequence[JoinedConnection], user_ids: dict[str, int]
) -> None:
    """Take ``before`` out of all that is counted, and ``after`` in. Both must be written already."""
    _count_outcomes(before, after)
    _count_failures(before, after)
    _count_people(before, after, user_ids)
    _correct_people(before, after, user_ids)
    _note_days([*before, *after])


def _count_outcomes(before: Sequence[JoinedConnection], after: Sequence[JoinedConnection]) -> None:
    numbers: dict[tuple[datetime, str], Counter[str]] = defaultdict(Counter)
    for sign, rows in ((-1, before), (1, after)):
        for row in rows:
            began = numbers[_bucket(row.at), row.endpoint_id]
            if row.is_connection:
                began["connected"] += sign
                if row.status == ConnectionStatus.OPEN:
                    began["open"] += sign
                elif row.duration_seconds:
                    ended = numbers[_bucket(_last_moment(row)), row.endpoint_id]
                    ended["seconds"] += sign * row.duration_seconds
            elif row.status != ConnectionStatus.SIGN_IN:
                began[row.status] += sign
    _execute(
        ADD_TALLY,
        [
            {"bucket": bucket, "endpoint_id": endpoint_id} | {name: counted[name] for name in TALLIED}
            for (bucket, endpoint_id), counted in sorted(numbers.items())
            if any(counted.values())
        ],
    )


def _count_failures(before: Sequence[JoinedConnection], after: Sequence[JoinedConnection]) -> None:
    numbers: Counter[tuple[datetime, str, str]] = Counter()
    for sign, rows in ((-1, before), (1, after)):
        for row in rows:
            if row.status == ConnectionStatus.FAILED:
                numbers[_bucket(row.at), row.endpoint_id, row.failure_reason or ""] += sign
            elif row.status == ConnectionStatus.UNFINISHED:
                numbers[_bucket(row.at), row.endpoint_id, UNFINISHED] += sign
    _execute(
        ADD_FAILURES,
        [
            {"bucket": bucket, "endpoint_id": endpoint_id, "reason": reason, "failures": number}
            for (bucket, endpoint_id, reason), number in sorted(numbers.items())
            if number
        ],
    )


def _count_people(
    before: Sequence[JoinedConnection], after: Sequence[JoinedConnection], user_ids: dict[str, int]
) -> None:
    connections: Counter[str] = Counter()
    moments: dict[str, list[datetime]] = defaultdict(list)
    for sign, rows in ((-1, before), (1, after)):
        for row in rows:
            if row.username and row.is_connection:
                connections[row.username] += sign
                moments[row.username].append(row.at)
    _execute(
        ADD_TO_USERS,
        [
            {
                "id": user_ids[name],
                "connections": number,
                "first": min(moments[name]),
                "last": max(moments[name]),
            }
            for name, number in connections.items()
        ],
    )


def _correct_people(
    before: Sequence[JoinedConnection], after: Sequence[JoinedConnection], user_ids: dict[str, int]
) -> None:
    left = {row.connection_id: row for row in after}
    moved: dict[str, list[datetime]] = defaultdict(list)
    for row in before:
        now = left[row.connection_id]
        is_same = now.is_connection and (now.username, now.at) == (row.username, row.at)
        if row.username and row.is_connection and not is_same:
            moved[row.username].append(row.at)
    _execute(
        FIND_USERS_ENDS,
        [{"id": user_ids[name], "first": min(at), "last": max(at)} for name, at in moved.items()],
    )


def _note_days(rows: Iterable[JoinedConnection]) -> None:
    """For vpn/connection_summary. A connection lasts a day at most: no day lies between its first and its last."""
    shown = [row for row in rows if row.status != ConnectionStatus.SIGN_IN]
    days = {moment.date() for row in shown for moment in (row.at, row.latest_end_at or _last_moment(row))}
    ChangedDay.objects.bulk_create(ChangedDay(day=day) for day in sorted(days))


def add_users(rows: Iterable[JoinedConnection]) -> dict[str, int]:
    """The ids by username; who is not known yet is added, without a connection."""
    names = {row.username for row in rows if row.username}
    known = dict(ConnectionUser.objects.filter(username__in=names).values_list("username", "pk"))
    added = ConnectionUser.objects.bulk_create(
        ConnectionUser(username=name) for name in sorted(names - known.keys())
    )
    return known | {user.username: user.pk for user in added}


def _last_moment(row: JoinedConnection) -> datetime:
    return row.ended_at or row.updated_at


def _bucket(at: datetime) -> datetime:
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - seconds % TALLY_SECONDS, UTC)


def _execute(statement: str, records: list[dict[str, Any]]) -> None:
    if records:
        execute(statement, [as_json(records)])
