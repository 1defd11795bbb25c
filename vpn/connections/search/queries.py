"""Searches as SQL. ``matching()`` says what is found; ``newest()`` finds a page of it fast, however much there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import BooleanField, F, Q, QuerySet, prefetch_related_objects
from django.db.models.expressions import RawSQL
from django.utils import timezone
from psycopg.errors import QueryCanceled

from vpn.connections.models import CONNECTED, FAILURES, Connection, Status
from vpn.connections.reasons import UNFINISHED
from vpn.connections.search.conditions import LONGEST_SESSION, Network, Outcome, Search
from vpn.connections.search.people import People, people

# Looking into each person's connections costs about as much as reading this many rows by time.
ROWS_PER_PERSON: Final = 60
# More people than this are never looked up one by one, and are told to PostgreSQL as a table.
MANY_PEOPLE: Final = 1000
NEWEST_FIRST: Final = ("-at", "-connection_id")
OLDEST_FIRST: Final = ("at", "connection_id")


class TooSlow(Exception):
    """The database gave up after SEARCH_SECONDS."""


@dataclass(frozen=True)
class Position:
    """Of a row in the list of all: each row has its own."""

    at: datetime
    connection_id: str


@contextmanager
def limited() -> Iterator[None]:
    """Ends each query after SEARCH_SECONDS. Raises TooSlow."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {settings.SEARCH_SECONDS * 1000:d}")
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


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
    found = _without_people(search)
    order = OLDEST_FIRST if after else NEWEST_FIRST
    if before:
        found = found.filter(pk__lt=(before.at, before.connection_id), at__lte=before.at)
    if after:
        found = found.filter(pk__gt=(after.at, after.connection_id), at__gte=after.at)
    known = people(search.words) if search.words else None
    if known and _one_by_one(known, limit):
        rows = _by_person(found, known, order, limit)
    else:
        rows = list((_of_people(found, known) if known else found).order_by(*order)[:limit])
    prefetch_related_objects(rows, "user")
    return rows


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
    if len(known.ids) <= MANY_PEOPLE:
        return found.filter(user_id__in=known.ids)
    # IS TRUE keeps PostgreSQL from joining: it looks each row up in a hash table, in whatever order it reads them.
    among: Any = RawSQL(
        '("vpn_connection"."user_id" IN (SELECT unnest(%s::bigint[]))) IS TRUE',
        (list(known.ids),),
        output_field=BooleanField(),
    )
    return found.filter(among)


def _one_by_one(known: People, limit: int) -> bool:
    """Whether to look into each person's connections, or to read all by time until enough are theirs.

    The second reads about ``limit`` * all / theirs rows.
    """
    if not known.ids or len(known.ids) > MANY_PEOPLE:
        return False
    if len(known.ids) == 1:
        return True
    return len(known.ids) * ROWS_PER_PERSON * max(known.connections, 1) <= limit * _estimated_rows()


def _estimated_rows() -> int:
    """How many connections there are, as PostgreSQL's statistics have it: at once, and near enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_inherits JOIN pg_class ON oid = inhrelid"
            " WHERE inhparent = 'vpn_connection'::regclass"
        )
        return int(cursor.fetchone()[0])


def _by_person(
    found: QuerySet[Connection], known: People, order: tuple[str, ...], limit: int
) -> list[Connection]:
    """Each person's newest by the index on (user_id, at), and of these the newest."""
    theirs = found.filter(user_id=RawSQL("people.id", ())).order_by(*order)[:limit]
    sql, params = theirs.query.sql_with_params()
    direction = "DESC" if order is NEWEST_FIRST else "ASC"
    outer = (
        f"SELECT row.* FROM unnest(%s::bigint[]) AS people (id) CROSS JOIN LATERAL ({sql}) AS row"  # noqa: S608
        f" ORDER BY row.at {direction}, row.connection_id {direction} LIMIT {limit:d}"
    )
    names = [field.attname for field in Connection._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(outer, [list(known.ids), *params])
        return [Connection.from_db("default", names, row) for row in cursor.fetchall()]
