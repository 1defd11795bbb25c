"""Searches as SQL. ``matching()`` says what is found; ``newest()`` finds a page of it fast, however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import BooleanField, F, Q, QuerySet, prefetch_related_objects
from django.db.models.expressions import RawSQL
from django.utils import timezone

from vpn.connections.models import CONNECTED, FAILURES, Connection, Status
from vpn.connections.reasons import UNFINISHED
from vpn.connections.search.conditions import LONGEST_SESSION, Network, Outcome, Search
from vpn.connections.search.people import People, people

# Finding a person's connections costs about as much as reading this many of them.
ROWS_PER_PERSON: Final = 20
# One person's connections lie scattered; by time they lie side by side.
DEARER: Final = 3
# More people than this are never looked up one by one, and are told to PostgreSQL as a table.
MANY_PEOPLE: Final = 1000
NEWEST_FIRST: Final = ("-at", "-connection_id")
OLDEST_FIRST: Final = ("at", "connection_id")
ONE_OF_FEW: Final = '"vpn_connection"."user_id" = ANY (%s::bigint[])'
# IS TRUE keeps PostgreSQL from joining: it looks each row up in a hash table, in whatever order it reads them.
ONE_OF_MANY: Final = '("vpn_connection"."user_id" IN (SELECT unnest(%s::bigint[]))) IS TRUE'
PARTITIONS: Final = """
SELECT right(relname, 7), greatest(reltuples, 0) FROM pg_inherits JOIN pg_class ON oid = inhrelid
WHERE inhparent = 'vpn_connection'::regclass
"""


@dataclass(frozen=True)
class Position:
    """Of a row in the list of all: each row has its own."""

    at: datetime
    connection_id: str


def matching(search: Search) -> QuerySet[Connection]:
    """Every connection and attempt that is asked for, in no order; first legs of sign-ins never."""
    found = _without_people(search)
    return _of_people(found, people(search.words)) if search.words else found


def newest(
    search: Search, *, limit: int, before: Position | None = None, after: Position | None = None
) -> list[Connection]:
    """The newest matches first, older than ``before``; or the oldest that are newer than ``after``, oldest first.

    Their people are loaded.
    """
    sql, params = newest_sql(search, limit=limit, before=before, after=after)
    names = [field.attname for field in Connection._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = [Connection.from_db("default", names, row) for row in cursor.fetchall()]
    prefetch_related_objects(rows, "user")
    return rows


def newest_sql(
    search: Search, *, limit: int, before: Position | None = None, after: Position | None = None
) -> tuple[str, Sequence[Any]]:
    """A SELECT of all columns in the model's order, and its parameters."""
    found = _without_people(search)
    order = OLDEST_FIRST if after else NEWEST_FIRST
    if before:
        found = found.filter(pk__lt=(before.at, before.connection_id), at__lte=before.at)
    if after:
        found = found.filter(pk__gt=(after.at, after.connection_id), at__gte=after.at)
    if not search.words:
        return found.order_by(*order)[:limit].query.sql_with_params()
    known = people(search.words)
    if _one_by_one(known, search, limit):
        return _by_person(found, known, order, limit)
    return _of_people(found, known).order_by(*order)[:limit].query.sql_with_params()


def _without_people(search: Search) -> QuerySet[Connection]:
    found = Connection.objects.exclude(status=Status.SIGN_IN)
    if search.connection_id:
        found = found.filter(connection_id=search.connection_id)
    else:
        found = found.filter(at__gte=search.since, at__lt=search.until)
    if search.address:
        found = found.filter(_within("device_ip", search.address) | _client(search.address))
    if search.device_ip:
        found = found.filter(_within("device_ip", search.device_ip))
    if search.client_ip:
        found = found.filter(_client(search.client_ip))
    if search.endpoint_id:
        found = found.filter(endpoint_id=search.endpoint_id)
    if search.device_type:
        found = found.filter(device_type=search.device_type)
    return _amounts(_outcome(found, search), search)


def _outcome(found: QuerySet[Connection], search: Search) -> QuerySet[Connection]:
    if search.outcome:
        found = found.filter(outcome_is(search.outcome, now=timezone.now()))
    if search.reason == UNFINISHED:
        found = found.filter(status=Status.UNFINISHED)
    elif search.reason:
        found = found.filter(status=Status.FAILED, failure_reason=search.reason)
    return found


def outcome_is(outcome: Outcome, *, now: datetime) -> Q:
    match outcome:
        case Outcome.FAILED:
            return Q(status__in=FAILURES)
        case Outcome.UNFINISHED:
            # Both, so that the index over failures is used
            return Q(status__in=FAILURES) & Q(status=Status.UNFINISHED)
        case Outcome.CONNECTED:
            return Q(status=Status.OPEN, at__gte=now - LONGEST_SESSION)
        case Outcome.ENDED:
            return Q(status__in=CONNECTED) & (Q(status=Status.ENDED) | Q(at__lt=now - LONGEST_SESSION))


def _amounts(found: QuerySet[Connection], search: Search) -> QuerySet[Connection]:
    if search.seconds_from is not None or search.seconds_to is not None:
        # While it is open, the log has no duration but 0.
        found = found.filter(status=Status.ENDED)
    if search.seconds_from is not None:
        found = found.filter(duration_seconds__gte=search.seconds_from)
    if search.seconds_to is not None:
        found = found.filter(duration_seconds__lte=search.seconds_to)
    if search.bytes_from is None and search.bytes_to is None:
        return found
    found = found.alias(bytes=F("ingress_bytes") + F("egress_bytes"))
    if search.bytes_from is not None:
        found = found.filter(bytes__gte=search.bytes_from)
    if search.bytes_to is not None:
        found = found.filter(bytes__lte=search.bytes_to)
    return found


def _client(network: Network) -> Q:
    return _within("client_ip" if network.version == 4 else "client_ip_v6", network)


def _within(column: str, network: Network) -> Q:
    """As a range, which the index on the column knows: the column holds addresses without a prefix length."""
    if network.prefixlen == network.max_prefixlen:
        return Q(**{column: str(network.network_address)})
    return Q(
        **{f"{column}__gte": str(network.network_address), f"{column}__lte": str(network.broadcast_address)}
    )


def _of_people(found: QuerySet[Connection], known: People) -> QuerySet[Connection]:
    among = ONE_OF_FEW if len(known.ids) <= MANY_PEOPLE else ONE_OF_MANY
    condition: Any = RawSQL(among, (list(known.ids),), output_field=BooleanField())  # noqa: S611 (constants)
    return found.filter(condition)


def _one_by_one(known: People, search: Search, limit: int) -> bool:
    """Whether to look into each person's connections, or to read all by time until enough are theirs."""
    if not known.ids or len(known.ids) > MANY_PEOPLE:
        return False
    if len(known.ids) == 1:
        return True
    everything, in_range = estimated_rows(search)
    theirs = known.connections * in_range / max(everything, 1)
    looked_up = min(len(known.ids) * limit, theirs) + len(known.ids) * ROWS_PER_PERSON
    read = min(limit * in_range / max(theirs, 1), in_range)
    return looked_up * DEARER <= read


def estimated_rows(search: Search) -> tuple[float, float]:
    """How many connections there are, and in the range: from PostgreSQL's statistics, so at once, and near enough."""
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        parts = [(row[0], float(row[1])) for row in cursor.fetchall()]
    return sum(rows for _month, rows in parts), sum(rows * _share(month, search) for month, rows in parts)


def _share(month: str, search: Search) -> float:
    """How much of a partition's month, such as ``2026_11``, lies in the range."""
    begin = datetime.strptime(month, "%Y_%m").replace(tzinfo=UTC)
    end = (begin + timedelta(days=32)).replace(day=1)
    inside = min(end, search.until) - max(begin, search.since)
    return max(inside / (end - begin), 0.0)


def _by_person(
    found: QuerySet[Connection], known: People, order: tuple[str, ...], limit: int
) -> tuple[str, Sequence[Any]]:
    """Each person's newest by the index on (user_id, at), and of these the newest."""
    theirs = found.filter(user_id=RawSQL("people.id", ())).order_by(*order)[:limit]
    sql, params = theirs.query.sql_with_params()
    direction = "DESC" if order is NEWEST_FIRST else "ASC"
    outer = (
        f"SELECT row.* FROM unnest(%s::bigint[]) AS people (id) CROSS JOIN LATERAL ({sql}) AS row"  # noqa: S608
        f" ORDER BY row.at {direction}, row.connection_id {direction} LIMIT {limit:d}"
    )
    return outer, [list(known.ids), *params]
