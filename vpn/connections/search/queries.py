"""Searches as SQL. ``matching()`` says what is found; ``newest()`` finds a page of it fast, however much there is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
)
from django.db.models.expressions import RawSQL
from django.utils import timezone

from vpn.connections.models import CONNECTED, FAILURES, Connection, ConnectionUser, Status
from vpn.connections.reasons import UNFINISHED
from vpn.connections.search import plans
from vpn.connections.search.conditions import LONGEST_SESSION, Network, Outcome, Position, Search
from vpn.connections.search.people import People, people

# More people than this are never looked up one by one.
MANY_PEOPLE: Final = 1000
ONE_OF_FEW: Final = '"vpn_connection"."user_id" = ANY (%s::bigint[])'
# Planning with a long list takes longer than reading. IS TRUE keeps PostgreSQL from joining: it looks each row up in a
# hash table, in whatever order it reads them.
ONE_OF_MANY: Final = '("vpn_connection"."user_id" IN (SELECT unnest(%s::bigint[]))) IS TRUE'

COLUMNS: Final = [field.attname for field in Connection._meta.concrete_fields]
PERSON: Final = [field.attname for field in ConnectionUser._meta.concrete_fields]
WITH_PEOPLE: Final = (
    f"SELECT row.*, {', '.join(f'person.{name}' for name in PERSON)} FROM ({{rows}}) AS row"  # noqa: S608
    " LEFT JOIN vpn_connectionuser AS person ON person.id = row.user_id"
    " ORDER BY row.at {direction}, row.connection_id {direction}"
)


def matching(search: Search) -> QuerySet[Connection]:
    """Every connection and attempt that is asked for, in no order; first legs of sign-ins never."""
    found = _without_people(search)
    if not search.is_of_people:
        return found
    known = people(search.words, search.person)
    return _among(found, known, ONE_OF_FEW if len(known.ids) <= MANY_PEOPLE else ONE_OF_MANY)


def newest(
    search: Search, *, limit: int, before: Position | None = None, after: Position | None = None
) -> list[Connection]:
    """The newest matches first, older than ``before``; or the oldest that are newer than ``after``, oldest first.

    Their people are loaded.
    """
    sql, params = newest_sql(search, limit=limit, before=before, after=after)
    with connection.cursor() as cursor:
        cursor.execute(WITH_PEOPLE.format(rows=sql, direction="ASC" if after else "DESC"), params)
        return [_with_person(values) for values in cursor.fetchall()]


def _with_person(values: Sequence[Any]) -> Connection:
    row = Connection.from_db("default", COLUMNS, values[: len(COLUMNS)])
    if row.user_id is not None:
        row.user = ConnectionUser.from_db("default", PERSON, values[len(COLUMNS) :])
    return row


def newest_sql(
    search: Search, *, limit: int, before: Position | None = None, after: Position | None = None
) -> tuple[str, Sequence[Any]]:
    """A SELECT of all columns in the model's order, and its parameters."""
    found = _without_people(search)
    order = plans.OLDEST_FIRST if after else plans.NEWEST_FIRST
    if before:
        found = found.filter(pk__lt=(before.at, before.connection_id), at__lte=before.at)
    if after:
        found = found.filter(pk__gt=(after.at, after.connection_id), at__gte=after.at)
    if plans.knows_places(search):
        return plans.by_tally(found, search, order, limit, position=before or after)
    if not search.is_of_people:
        return found.order_by(*order)[:limit].query.sql_with_params()
    known = people(search.words, search.person)
    if len(known.ids) <= MANY_PEOPLE and plans.better_one_by_one(known, search, limit):
        return plans.by_person(found, known, order, limit)
    how = ONE_OF_MANY if known.ids else ONE_OF_FEW
    return _among(found, known, how).order_by(*order)[:limit].query.sql_with_params()


def any_connection() -> bool:
    return Connection.objects.exclude(status=Status.SIGN_IN).exists()


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
    found = found.alias(
        bytes=ExpressionWrapper(F("ingress_bytes") + F("egress_bytes"), output_field=BigIntegerField())
    )
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


def _among(found: QuerySet[Connection], known: People, how: str) -> QuerySet[Connection]:
    condition: Any = RawSQL(how, (list(known.ids),), output_field=BooleanField())  # noqa: S611 (constants)
    return found.filter(condition)
