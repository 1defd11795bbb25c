"""`/connections/beyond/`: log queries, which are searches in CloudWatch Logs itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.audit import targets
from portal.audit.looks import record_look
from portal.audit.tags import Tag
from vpn.connection_details import pages as details
from vpn.connection_details.views import record_view
from vpn.connection_export import pages as export
from vpn.connection_export.forms import ExportForm
from vpn.connection_export.layout import ExportFormat
from vpn.connection_export.services import begin_statements
from vpn.connection_export.stream import TooManyExports
from vpn.connection_export.views import file_name, streamed
from vpn.connection_log.coverage.queries import coverage
from vpn.connection_log.coverage.texts import stored_text
from vpn.connection_log.models import Connection
from vpn.connection_log.search.condition_text import describe_period
from vpn.connection_log.search.conditions import moment_text, parameters, query_string
from vpn.connection_log.search.fields import EARLIEST
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.pages import page_cursor, parse_position
from vpn.connection_log.search.queries import matching
from vpn.connection_log.search.record import record_conditions, record_search, search_target
from vpn.connection_log.search.rows import ConnectionRow, connection_rows
from vpn.connection_log.search.search_box import parse_terms
from vpn.log_insights import pages, queries, results, services
from vpn.log_insights.execution import requested_search
from vpn.log_insights.forms import LogQueryForm
from vpn.log_insights.models import LogQuery, LogQueryRow

SIZE: Final = 50
COUNT_SECONDS: Final = 2
MOST_COUNTED: Final = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CONNECTION_READ)
def log_queries(request: PortalRequest) -> HttpResponse:
    form = LogQueryForm(request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        return _page(request, form if request.GET else LogQueryForm(_not_stored()))
    if not form.is_valid():
        return _page(request, form, status=HTTPStatus.BAD_REQUEST)
    try:
        query = services.request(form.search(), actor=request.user, origin=request_origin(request))
    except services.NoLogGroups:
        form.add_error("endpoint", _("No endpoint that this could be about writes a connection log."))
    except services.TooManyLogQueries:
        form.add_error(None, _("Five such searches are under way. Wait until one has ended, or cancel one."))
    else:
        return redirect("log_query", query.pk)
    return _page(request, form, status=HTTPStatus.BAD_REQUEST)


@require_safe
@requires(Permission.CONNECTION_READ)
def log_query(request: PortalRequest, pk: int) -> HttpResponse:
    query = _query(pk)
    line = pages.query_line(query)
    before = parse_position(request.GET.get("before", ""))
    rows = results.newest_rows(query.pk, limit=SIZE + 1, before=before)
    connections = [results.unsaved_connection(row) for row in rows]
    record_search(request, requested_search(query), connections[:SIZE])
    older = f"{request.path}?before={page_cursor(connections[SIZE - 1])}" if len(rows) > SIZE else ""
    context = {
        "line": line,
        "count": results.count_rows(query.pk),
        "stored": None if line.live else _stored(query),
        "lines": _with_pages(query, rows[:SIZE], connections[:SIZE]),
        "newest_url": request.path if before else "",
        "older_url": older,
        "again": urlencode(query.conditions),
        "price": settings.LOG_QUERY_PRICE,
    }
    template = "_state.html" if request.htmx else "query.html"
    return render(request, f"vpn/log_insights/{template}", context)


@require_safe
@requires(Permission.CONNECTION_READ)
def log_query_row(request: PortalRequest, pk: int, row: int) -> HttpResponse:
    query = _query(pk)
    result_row = results.get_row(query.pk, row)
    if result_row is None:
        raise Http404
    connection = results.unsaved_connection(result_row)
    record_view(request, connection)
    context = details.page_context(connection) | {
        "events": details.event_rows(results.unsaved_events(result_row)),
        "parents": _parents(query),
    }
    return render(request, "vpn/connection_details/page.html", context)


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def log_query_export(request: PortalRequest, pk: int) -> HttpResponse:
    return _export_page(request, _query(pk), ExportForm(request.GET))


@require_GET
@requires(Permission.CONNECTION_EXPORT)
def log_query_file(request: PortalRequest, pk: int, form: ExportFormat) -> HttpResponseBase:
    query, options = _query(pk), ExportForm(request.GET)
    if not options.is_valid():
        return _export_page(request, query, options, status=HTTPStatus.BAD_REQUEST)
    layout = options.layout(form)
    try:
        stream = begin_statements(
            [results.copy_result(query.pk, layout)],
            layout=layout,
            export_id=options.export_id,
            actor=request.user,
            origin=request_origin(request),
            people=results.people_found(query.pk),
            details={"log_query": query.pk, "conditions": query.conditions},
        )
    except TooManyExports:
        return _export_page(request, query, options, status=HTTPStatus.SERVICE_UNAVAILABLE, busy=True)
    return streamed(stream, file_name(requested_search(query), form))


@require_POST
@requires(Permission.CONNECTION_READ)
def cancel(request: PortalRequest, pk: int) -> HttpResponse:
    query = _query(pk)
    if services.cancel(query, actor=request.user, origin=request_origin(request)):
        messages.success(request, _("The search was cancelled."))
    return redirect("log_query", query.pk)


def _not_stored() -> QueryDict:
    """The month before the stored log begins: the rest is searched for nothing in the portal."""
    stored = coverage(EARLIEST, timezone.now())
    data = QueryDict(mutable=True)
    if stored.stored_from:
        data["since"] = moment_text(stored.stored_from - timedelta(days=30))
        data["until"] = moment_text(stored.stored_from)
    return data


def _stored(query: LogQuery) -> dict[str, Any] | None:
    """How many connections of the same search the portal itself stores; None: that takes too long to count."""
    search = requested_search(query)
    try:
        with limited(seconds=COUNT_SECONDS):
            count = matching(search)[: MOST_COUNTED + 1].count()
    except SearchTimeout:
        return None
    return {
        "count": min(count, MOST_COUNTED),
        "more": count > MOST_COUNTED,
        "url": f"{reverse('connections')}?{query_string(search)}",
    }


def _query(pk: int) -> LogQuery:
    query = queries.query(pk)
    if query is None:
        raise Http404
    return query


def _export_page(
    request: PortalRequest,
    query: LogQuery,
    options: ExportForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    busy: bool = False,
) -> HttpResponse:
    csv_url, ndjson_url = (reverse(name, args=[query.pk]) for name in ("log_query_csv", "log_query_ndjson"))
    search = requested_search(query)
    record_conditions(
        request,
        dict(parameters(search)),
        target=search_target(search),
        people=results.people_found(query.pk),
    )
    context = export.page_context(options, csv_url=csv_url, ndjson_url=ndjson_url, busy=busy)
    context |= export.content_context(pages.query_line(query).conditions, rows=results.count_rows(query.pk))
    context |= {"parents": _parents(query), "period": describe_period(query.conditions)}
    return render(request, "vpn/connection_export/page.html", context, status=status)


def _parents(query: LogQuery) -> list[dict[str, str]]:
    return [{"label": _("Search in CloudWatch Logs"), "url": reverse("log_query", args=[query.pk])}]


def _people_sought(query: LogQuery) -> Iterator[str]:
    terms = parse_terms(str(query.conditions.get("q", "")))
    return (term.text for term in terms if term.field == "person")


def _with_pages(
    query: LogQuery, rows: list[LogQueryRow], connections: list[Connection]
) -> list[ConnectionRow]:
    return [
        replace(line, url=reverse("log_query_row", args=[query.pk, row.pk]))
        for row, line in zip(rows, connection_rows(connections), strict=True)
    ]


def _page(request: PortalRequest, form: LogQueryForm, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    past = queries.recent()
    # The list says who searched, and for whom. Words such as "user:tanaka" may mean anybody; each search has recorded
    # itself whom it found.
    requesters = {query.requested_by.username for query in past if query.requested_by}
    sought = {person for query in past for person in _people_sought(query)}
    record_look(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("log-queries"),
        people=requesters | sought,
    )
    context: dict[str, Any] = {
        "form": form,
        "stored": stored_text(coverage(EARLIEST, timezone.now())),
        "queries": [pages.query_line(query) for query in past],
        "price": settings.LOG_QUERY_PRICE,
        "retention_days": settings.LOG_RETENTION_DAYS,
        "kept_days": services.KEPT.days,
    }
    return render(request, "vpn/log_insights/page.html", context, status=status)
