"""`/api/connections/`: the search of the page, page by page."""

from typing import Final
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.audit_trail import record_api_use
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from portal.access.tokens.query_parameters import validated
from portal.audit.tags import Tag
from vpn.connection_log.coverage.queries import LogCoverage
from vpn.connection_log.coverage.schemas import LogCoverageSchema, coverage_schema
from vpn.connection_log.models import Connection
from vpn.connection_log.search.conditions import ConnectionSearch, PagePosition, parameters
from vpn.connection_log.search.cursors import read_cursor, write_cursor
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.queries import newest, search_coverage
from vpn.connection_log.search.record import people_searched, search_target, usernames_in
from vpn.connection_log.search.schemas import ConnectionSchema, connection_schemas

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000

router = Router(auth=TokenAuth(Permission.CONNECTION_READ))


class ConnectionListForm(ConnectionSearchForm):
    limit = forms.IntegerField(
        label="Connections in one response", required=False, min_value=1, max_value=MAX_LIMIT
    )


class ConnectionListSchema(BaseModel):
    """Newest first. ``next``: URL of the older ones, or null at the end.

    ``coverage``: what is stored of the range; only where it is complete do no connections mean that there were none.
    """

    connections: list[ConnectionSchema]
    next: str | None
    coverage: LogCoverageSchema


@router.api_operation(
    ["GET", "HEAD"],
    "/connections/",
    url_name="api_connections",
    response=ConnectionListSchema,
    summary="Connections and attempts, newest first",
    description=(
        "The parameters are those of the search page, range (hour, day, night, week, month, this-month, last-month or"
        " all) among them. Without since and until: the last seven days. Moments without an offset are in the portal's"
        " time zone."
    ),
    openapi_extra={
        "query": ConnectionListForm,
        "cursor": True,
        "problems": ["took-too-long", "query-invalid", "cursor-invalid"],
    },
)
def connections(request: ApiRequest) -> ConnectionListSchema:
    form = validated(ConnectionListForm(request.GET))
    search, limit = form.search(), form.cleaned_data["limit"] or DEFAULT_LIMIT
    query = urlencode([*parameters(search), ("limit", limit)])
    cursor = request.GET.get("cursor", "")
    before = read_cursor(cursor, query=query, token=request.token) if cursor else None
    try:
        # One row more than is shown tells whether there are others.
        rows, stored = _newest(search, limit=limit + 1, before=before)
    except ApiError:
        _record(request, search, [])
        raise
    if before is None:
        _record(request, search, rows[:limit])
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        last = PagePosition(rows[-1].at, rows[-1].connection_id)
        cursor = write_cursor(last, query=query, token=request.token)
        following = f"{settings.SITE_URL}{request.path}?{query}&{urlencode({'cursor': cursor})}"
    return ConnectionListSchema(
        connections=connection_schemas(rows),
        next=following,
        coverage=coverage_schema(stored),
    )


def _record(request: ApiRequest, search: ConnectionSearch, rows: list[Connection]) -> None:
    """Reading on is part of the query, which is recorded with the people of its first page."""
    record_api_use(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=search_target(search),
        people=[*people_searched(search), *usernames_in(rows)],
        conditions=dict(parameters(search)),
    )


def _newest(
    search: ConnectionSearch, *, limit: int, before: PagePosition | None
) -> tuple[list[Connection], LogCoverage]:
    try:
        with limited():
            return newest(search, limit=limit, before=before), search_coverage(search)
    except SearchTimeout as error:
        raise ApiError("took-too-long") from error
