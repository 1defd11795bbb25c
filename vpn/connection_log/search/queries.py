"""Searches as SQL. ``matching()`` says what is found; ``newest()`` finds a page of it fast, however much there is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import psycopg
from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from vpn.connection_log.models import Connection, ConnectionStatus, ConnectionUser
from vpn.connection_log.search import plans
from vpn.connection_log.search.conditions import ConnectionSearch, PagePosition
from vpn.connection_log.search.people import NOBODY, MatchingPeople, find_people
from vpn.connection_log.search.plans import FIELDS, PageDirection, Statement
from vpn.connection_log.search.where import WhereClause, where

# More people than this are never looked up one by one.
MANY_PEOPLE: Final = 1000
ONE_OF_FEW: Final = "user_id = ANY (%s::bigint[])"
# Planning with a long list takes longer than reading. IS TRUE keeps PostgreSQL from joining: it looks each row up in a
# hash table, in whatever order it reads them.
ONE_OF_MANY: Final = "(user_id IN (SELECT unnest(%s::bigint[]))) IS TRUE"
# Two months' tables instead of all: planning for those takes longer than reading a page. And where few match,
# PostgreSQL weighs an index over these against reading by time for all months together, and takes the wrong one.
NEAR: Final = timedelta(days=31)

NAMED: Final = ["id", "username"]
WITH_NAMES: Final = (
    "SELECT row.*, (SELECT username FROM vpn_connectionuser WHERE id = row.user_id) FROM ({rows}) AS row"
    " ORDER BY row.at {direction}, row.connection_id {direction}"
)
# Django's own, which is written in Python, takes more time than all the rest of a page.
MOMENTS: Final = psycopg.adapters.get_loader(
    psycopg.adapters.types["timestamptz"].oid, psycopg.pq.Format.TEXT
)


def matching(search: ConnectionSearch) -> QuerySet[Connection]:
    """Every connection and attempt that is asked for, in no order; first legs of sign-ins never."""
    condition_sql = where(search)
    if search.names_people:
        people_found = find_people(search.words, search.person)
        condition_sql = _among(
            condition_sql, people_found, ONE_OF_FEW if len(people_found.ids) <= MANY_PEOPLE else ONE_OF_MANY
        )
    condition: Any = RawSQL(condition_sql.sql, condition_sql.params, output_field=BooleanField())  # noqa: S611 (constants)
    return Connection.objects.filter(condition)


def newest(
    search: ConnectionSearch,
    *,
    limit: int,
    before: PagePosition | None = None,
    after: PagePosition | None = None,
) -> list[Connection]:
    """The newest matches first, older than ``before``; or the oldest that are newer than ``after``, oldest first.

    Their people are loaded, with nothing but their names.
    """
    people_found = _people(search)
    direction = PageDirection.OLDEST_FIRST if after else PageDirection.NEWEST_FIRST
    rows: list[Connection] = []
    for part in nearest_first(search, before=before, after=after):
        wanted = limit - len(rows)
        rows += loaded(_newest(part, people_found, limit=wanted, before=before, after=after), direction)
        if len(rows) == limit:
            break
    return rows


def nearest_first(
    search: ConnectionSearch, *, before: PagePosition | None = None, after: PagePosition | None = None
) -> Iterator[ConnectionSearch]:
    """The range in parts that double, of which the first mostly holds enough."""
    since = max(search.since, after.at) if after else search.since
    until = min(search.until, timezone.now(), *((before.at,) if before else ()))
    span = NEAR
    while not search.connection_id and until - since > span:
        if after:
            since += span
            yield replace(search, until=since)
            search = replace(search, since=since)
        else:
            until -= span
            yield replace(search, since=until)
            search = replace(search, until=until)
        span *= 2
    yield search


def loaded(statement: Statement, direction: PageDirection = PageDirection.NEWEST_FIRST) -> list[Connection]:
    """``statement``: a SELECT of FIELDS. The connections with their people, of whom nothing is known but the name."""
    rows, params = statement
    with connection.cursor() as cursor:
        cursor.cursor.adapters.register_loader("timestamptz", MOMENTS)
        cursor.execute(WITH_NAMES.format(rows=rows, direction=direction), params)
        return list(_with_people(cursor.fetchall()))


def _with_people(rows: Sequence[Sequence[Any]]) -> Iterator[Connection]:
    people_found: dict[int, ConnectionUser] = {}
    for *values, username in rows:
        row = Connection.from_db("default", FIELDS, values)
        if row.user_id is not None:
            if row.user_id not in people_found:
                people_found[row.user_id] = ConnectionUser.from_db("default", NAMED, (row.user_id, username))
            row.user = people_found[row.user_id]
        yield row


def newest_sql(search: ConnectionSearch, *, limit: int) -> Statement:
    """A SELECT of all columns of the newest matches, newest first."""
    return _newest(search, _people(search), limit=limit, before=None, after=None)


def _people(search: ConnectionSearch) -> MatchingPeople:
    return find_people(search.words, search.person) if search.names_people else NOBODY


def _newest(
    search: ConnectionSearch,
    people_found: MatchingPeople,
    *,
    limit: int,
    before: PagePosition | None,
    after: PagePosition | None,
) -> Statement:
    condition = where(search)
    direction = PageDirection.OLDEST_FIRST if after else PageDirection.NEWEST_FIRST
    if before:
        condition = condition.also(
            "at <= %s AND (at, connection_id) < (%s, %s)", before.at, before.at, before.connection_id
        )
    if after:
        condition = condition.also(
            "at >= %s AND (at, connection_id) > (%s, %s)", after.at, after.at, after.connection_id
        )
    if plans.knows_places(search):
        return plans.by_tally(condition, search, direction, limit, position=before or after)
    if not search.names_people:
        return plans.by_time(condition, direction, limit)
    if len(people_found.ids) <= MANY_PEOPLE and plans.better_one_by_one(people_found, search, limit):
        return plans.by_person(condition, people_found, direction, limit)
    return plans.by_time(
        _among(condition, people_found, ONE_OF_MANY if people_found.ids else ONE_OF_FEW), direction, limit
    )


def any_connection() -> bool:
    return Connection.objects.exclude(status=ConnectionStatus.SIGN_IN).exists()


def _among(condition: WhereClause, people_found: MatchingPeople, how: str) -> WhereClause:
    return condition.also(how, people_found.array)
