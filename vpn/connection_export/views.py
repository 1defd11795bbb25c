"""`/connections/export/`: what will be exported, how far it is; and the files themselves."""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.downloads import attachment, safe_stem
from portal.spreadsheets import MEDIA_TYPE, ranged_name
from vpn.connection_export import pages, services
from vpn.connection_export.expected import expected_rows
from vpn.connection_export.forms import ExportForm
from vpn.connection_export.layout import ExportFormat
from vpn.connection_export.progress import export_progress
from vpn.connection_export.stream import ExportStream, TooManyExports
from vpn.connection_log.coverage.pages import coverage_notice
from vpn.connection_log.search.condition_text import describe_conditions, describe_period
from vpn.connection_log.search.conditions import ConnectionSearch, parameters, query_string
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.presets import PRESETS
from vpn.connection_log.search.queries import search_coverage
from vpn.connection_log.search.record import record_conditions, search_target

MEDIA_TYPES: Final = {
    ExportFormat.CSV: MEDIA_TYPE,
    ExportFormat.NDJSON: "application/x-ndjson; charset=utf-8",
}


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def export(request: PortalRequest) -> HttpResponse:
    return _page(request, ConnectionSearchForm(request.GET), ExportForm(request.GET))


@require_GET
@requires(Permission.CONNECTION_EXPORT)
def file(request: PortalRequest, form: ExportFormat) -> HttpResponseBase:
    search, options = ConnectionSearchForm(request.GET), ExportForm(request.GET)
    if not search.is_valid() or not options.is_valid():
        return _page(request, search, options, status=HTTPStatus.BAD_REQUEST)
    asked = search.search()
    try:
        stream = services.begin(
            asked,
            layout=options.layout(form),
            export_id=options.export_id,
            actor=request.user,
            origin=request_origin(request),
        )
    except TooManyExports:
        return _page(request, search, options, status=HTTPStatus.SERVICE_UNAVAILABLE, busy=True)
    return streamed(stream, file_name(asked, form))


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def progress(request: PortalRequest, export_id: UUID) -> HttpResponse:
    context = {"export_id": export_id, "progress": export_progress(export_id, user=request.user)}
    return render(request, "vpn/connection_export/_progress.html", context)


def file_name(search: ConnectionSearch, form: ExportFormat) -> str:
    """In the reader's language, with the range that the file holds."""
    subject = pgettext("file name", "connections")
    if search.connection_id:
        # Found whatever the range is
        return f"{subject}_{safe_stem(search.connection_id)}.{form.value}"
    return ranged_name(subject, search.since, search.until, form.value)


def streamed(stream: ExportStream, name: str) -> StreamingHttpResponse:
    """A download of that name, in the form that its ending says."""
    form = ExportFormat(name.rpartition(".")[2])
    return StreamingHttpResponse(
        stream,
        content_type=MEDIA_TYPES[form],
        # nginx would hold the first lines back.
        headers={"Content-Disposition": attachment(name), "X-Accel-Buffering": "no"},
    )


def _page(
    request: PortalRequest,
    form: ConnectionSearchForm,
    options: ExportForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    busy: bool = False,
) -> HttpResponse:
    csv_url, ndjson_url = reverse("connections_export_csv"), reverse("connections_export_ndjson")
    context = pages.page_context(options, csv_url=csv_url, ndjson_url=ndjson_url, busy=busy) | {"form": form}
    if form.is_valid():
        search = form.search()
        conditions, expected = describe_conditions(parameters(search)), expected_rows(search)
        # How many rows there are tells whether somebody was connected, as the search page does.
        record_conditions(
            request, dict(parameters(search)), target=search_target(search), people=expected.people
        )
        # A file without rows must not be taken for a time without connections.
        stored = coverage_notice(search_coverage(search), query=query_string(search))
        context |= {"coverage": stored}
        context |= pages.content_context(conditions, rows=expected.rows, capped=expected.capped)
        context |= {
            "parameters": conditions,
            "period": describe_period(dict(parameters(search))),
            "ranges": _other_ranges(search),
        }
    else:
        # The search page says it again beside its fields, which hold what was entered.
        context["search_url"] = f"{reverse('connections')}?{request.GET.urlencode()}"
    return render(request, "vpn/connection_export/page.html", context, status=status)


def _other_ranges(search: ConnectionSearch) -> list[dict[str, str]]:
    """The page for the same conditions in the ranges that reports are made for."""
    conditions = {name: value for name, value in parameters(search) if name not in {"since", "until"}}
    return [
        {
            "label": str(PRESETS[name]),
            "url": f"{reverse('connections_export')}?{urlencode(conditions | {'range': name})}",
        }
        for name in ("week", "this-month", "last-month", "all")
    ]
