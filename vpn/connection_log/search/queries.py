"""Searches as querysets: ``matching()`` is everything that a search finds, ``newest()`` a page of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from vpn.connection_log.coverage.queries import LogCoverage, coverage
from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.search.conditions import ConnectionSearch, PagePosition
from vpn.connection_log.search.fields import EARLIEST
from vpn.connection_log.search.filters import search_filter, searchable_connections
from vpn.connection_log.search.people import find_people

# Two months' partitions instead of all: planning for those takes longer than reading a page. And where few rows match,
# PostgreSQL chooses between an index over these and reading by time for all months together, and chooses wrong.
FIRST_PART: Final = timedelta(days=31)


def matching(search: ConnectionSearch) -> QuerySet[Connection]:
    """Every connection and attempt that is asked for, in no order; first legs of sign-ins never."""
    return _among_people(search).filter(search_filter(search))


def _among_people(search: ConnectionSearch) -> QuerySet[Connection]:
    connections = searchable_connections()
    if not search.names_people:
        return connections
    # Their ids, and no subquery: PostgreSQL then knows how many rows to expect.
    return connections.filter(user__in=find_people(search.words, search.person))


def newest(
    search: ConnectionSearch,
    *,
    limit: int,
    before: PagePosition | None = None,
    after: PagePosition | None = None,
) -> list[Connection]:
    """The newest matches first, older than ``before``; or the oldest that are newer than ``after``, oldest first.

    Their users are loaded with them.
    """
    connections = _among_people(search).select_related("user")
    # ``at`` once more: PostgreSQL doesn't see that the comparison of both columns bounds the range to be read.
    if before:
        connections = connections.filter(at__lte=before.at, pk__lt=(before.at, before.connection_id))
    if after:
        connections = connections.filter(at__gte=after.at, pk__gt=(after.at, after.connection_id))
    order = ("at", "connection_id") if after else ("-at", "-connection_id")
    rows: list[Connection] = []
    for part in nearest_first(search, before=before, after=after):
        rows += connections.filter(search_filter(part)).order_by(*order)[: limit - len(rows)]
        if len(rows) == limit:
            break
    return rows


def nearest_first(
    search: ConnectionSearch, *, before: PagePosition | None = None, after: PagePosition | None = None
) -> Iterator[ConnectionSearch]:
    """The range in parts that double, of which the first mostly holds enough."""
    since = max(search.since, after.at) if after else search.since
    until = min(search.until, timezone.now(), *((before.at,) if before else ()))
    span = FIRST_PART
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


def any_connection() -> bool:
    return Connection.objects.exclude(status=ConnectionStatus.SIGN_IN).exists()


def search_coverage(search: ConnectionSearch) -> LogCoverage:
    """What the stored log knows of what is searched. A connection id is looked for at all times."""
    if search.connection_id:
        return coverage(EARLIEST, timezone.now())
    return coverage(
        search.since, search.until, endpoint_ids=[search.endpoint_id] if search.endpoint_id else None
    )
