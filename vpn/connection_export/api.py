"""`/api/connections/export.csv` and `.ndjson`: the export for scripts."""

from typing import Any, Final
from uuid import uuid4

from django import forms
from django.http import HttpResponseBase
from django.utils import timezone
from ninja import Router

from portal.access.permissions import Permission
from portal.access.requests import request_origin
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from portal.access.tokens.query_parameters import validated
from vpn.connection_export import services
from vpn.connection_export.layout import ExportFormat, FileLayout, ndjson_layout, script_layout
from vpn.connection_export.stream import TooManyExports
from vpn.connection_export.views import MEDIA_TYPES, streamed
from vpn.connection_log.search.conditions import ConnectionSearch
from vpn.connection_log.search.forms import ConnectionSearchForm

RETRY_SECONDS: Final = 60
DESCRIPTION: Final = (
    "The parameters are those of the search page. If the transfer breaks off, the last line says that the export is"
    " incomplete."
)

router = Router(auth=TokenAuth(Permission.CONNECTION_EXPORT))


class CsvForm(ConnectionSearchForm):
    """``header``: the first line has column ids (unless chosen otherwise), column titles, or is left out."""

    header = forms.ChoiceField(
        label="First line", required=False, choices=[("ids", "ids"), ("words", "words"), ("none", "none")]
    )


def _documentation(query: type[forms.Form], export_format: ExportFormat) -> dict[str, Any]:
    media_type = MEDIA_TYPES[export_format].partition(";")[0]
    return {
        "query": query,
        "problems": ["busy", "query-invalid"],
        "responses": {200: {"content": {media_type: {"schema": {"type": "string"}}}}},
    }


# Without HEAD: a stream that nobody reads would still be begun.
@router.get(
    "/connections/export.csv",
    url_name="api_connections_csv",
    summary="All that a search finds, as CSV, newest first",
    description=DESCRIPTION,
    openapi_extra=_documentation(CsvForm, ExportFormat.CSV),
)
def export_csv(request: ApiRequest) -> HttpResponseBase:
    form = validated(CsvForm(request.GET))
    return _export(request, form.search(), script_layout(form.cleaned_data["header"] or "ids"))


@router.get(
    "/connections/export.ndjson",
    url_name="api_connections_ndjson",
    summary="All that a search finds, one JSON object a line, newest first",
    description=DESCRIPTION,
    openapi_extra=_documentation(ConnectionSearchForm, ExportFormat.NDJSON),
)
def export_ndjson(request: ApiRequest) -> HttpResponseBase:
    form = validated(ConnectionSearchForm(request.GET))
    return _export(request, form.search(), ndjson_layout())


def _export(request: ApiRequest, search: ConnectionSearch, layout: FileLayout) -> HttpResponseBase:
    try:
        stream = services.begin(
            search,
            layout=layout,
            export_id=uuid4(),
            actor=request.token.owner,
            origin=request_origin(request),
            token=request.token.name,
        )
    except TooManyExports as error:
        raise ApiError("busy", headers={"Retry-After": str(RETRY_SECONDS)}) from error
    # Scripts name their files themselves; this name is part of what they were promised.
    name = f"genkan-connections-{timezone.localdate():%Y-%m-%d}.{layout.format.value}"
    return streamed(stream, name)
