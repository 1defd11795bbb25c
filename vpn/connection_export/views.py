"""`/connections/export/`: what will be exported, how far it is; and the files themselves."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.downloads import attachment
from vpn.connection_export import pages, services
from vpn.connection_export.forms import ExportForm
from vpn.connection_export.progress import export_progress
from vpn.connection_export.statement import ExportFormat
from vpn.connection_export.stream import ExportStream, TooManyExports
from vpn.connection_log.search.condition_text import describe_conditions
from vpn.connection_log.search.conditions import ConnectionSearch, parameters
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.queries import matching
from vpn.connection_log.search.record import record_search

MEDIA_TYPES: Final = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.NDJSON: "application/x-ndjson; charset=utf-8",
}
# More are not counted: counting them would take longer than beginning to send them.
COUNTED: Final = 10_000


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
    try:
        stream = services.begin(
            search.search(),
            form=form,
            header=options.chosen_header,
            export_id=options.export_id,
            actor=request.user,
            origin=request_origin(request),
        )
    except TooManyExports:
        return _page(request, search, options, status=HTTPStatus.SERVICE_UNAVAILABLE, busy=True)
    return streamed(stream, form)


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def progress(request: PortalRequest, export_id: UUID) -> HttpResponse:
    context = {"export_id": export_id, "progress": export_progress(export_id, user=request.user)}
    return render(request, "vpn/connection_export/_progress.html", context)


def streamed(stream: ExportStream, form: ExportFormat) -> StreamingHttpResponse:
    name = f"genkan-connections-{timezone.localdate():%Y-%m-%d}.{form.value}"
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
        # How many rows there are tells who was connected, as the search page does.
        record_search(request, search)
        conditions = describe_conditions(parameters(search))
        rows, capped = _expected(search)
        context |= pages.content_context(conditions, rows=rows, capped=capped) | {"parameters": conditions}
    else:
        # The search page says it again beside its fields, which hold what was entered.
        context["search_url"] = f"{reverse('connections')}?{request.GET.urlencode()}"
    return render(request, "vpn/connection_export/page.html", context, status=status)


def _expected(search: ConnectionSearch) -> tuple[int | None, bool]:
    """How many rows, None if that isn't known in time; and whether it is at least so many."""
    try:
        # A count must not hold up the download that it announces.
        with limited():
            rows = matching(search)[: COUNTED + 1].count()
    except SearchTimeout:
        return None, False
    return min(rows, COUNTED), rows > COUNTED
