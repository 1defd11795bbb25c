"""`/api/connections/export.csv` and `.ndjson`: the export for scripts."""

from typing import Final
from uuid import uuid4

from django import forms
from django.http import HttpResponseBase

from portal.access.permissions import Permission
from portal.access.requests import origin_of
from portal.access.tokens.guard import ApiRequest
from portal.access.tokens.problems import ApiError
from vpn.api.describe import Described, streams, understood
from vpn.connection_log.export import services
from vpn.connection_log.export.statement import ExportFormat
from vpn.connection_log.export.stream import TooManyExports
from vpn.connection_log.export.views import MEDIA_TYPES, streamed
from vpn.connection_log.search.forms import ConnectionSearchForm

RETRY_SECONDS: Final = 60
COMPLETE: Final = (
    "The parameters are those of the search page. If the transfer breaks off, the last line says that the export is"
    " incomplete."
)


class CsvForm(ConnectionSearchForm):
    """In the API the names for scripts are what is usually wanted."""

    header = forms.ChoiceField(
        label="First line", required=False, choices=[("ids", "ids"), ("words", "words"), ("none", "none")]
    )


@streams(
    Described(
        summary="All that a search finds, as CSV, newest first",
        description=COMPLETE,
        media_type=MEDIA_TYPES[ExportFormat.CSV],
        permission=Permission.CONNECTION_EXPORT,
        query=CsvForm,
        problems=("busy",),
    )
)
def as_csv(request: ApiRequest) -> HttpResponseBase:
    form = CsvForm(request.GET)
    understood(form)
    return _export(request, form, ExportFormat.CSV, header=form.cleaned_data["header"] or "ids")


@streams(
    Described(
        summary="All that a search finds, one JSON object a line, newest first",
        description=COMPLETE,
        media_type=MEDIA_TYPES[ExportFormat.NDJSON],
        permission=Permission.CONNECTION_EXPORT,
        query=ConnectionSearchForm,
        problems=("busy",),
    )
)
def as_ndjson(request: ApiRequest) -> HttpResponseBase:
    form = ConnectionSearchForm(request.GET)
    understood(form)
    return _export(request, form, ExportFormat.NDJSON, header="none")


def _export(
    request: ApiRequest, asked: ConnectionSearchForm, form: ExportFormat, *, header: str
) -> HttpResponseBase:
    try:
        stream = services.begin(
            asked.search(),
            form=form,
            header=header,
            export_id=uuid4(),
            actor=request.token.owner,
            origin=origin_of(request),
            token=request.token.name,
        )
    except TooManyExports as busy:
        raise ApiError("busy", headers={"Retry-After": str(RETRY_SECONDS)}) from busy
    return streamed(stream, form)
