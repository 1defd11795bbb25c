"""`/changes/`: what has changed at the endpoints, by operations of the portal and outside of it."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from portal.audit.looks import record_look
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.paging import page_links
from portal.spreadsheets import csv_response, ranged_name
from vpn.changes import queries
from vpn.changes.forms import ChangeSearchForm
from vpn.changes.pages import change_rows, people_in
from vpn.changes.table import spreadsheet_rows, spreadsheet_titles
from vpn.endpoints.models import EndpointChange


@require_safe
@requires(Permission.CHANGE_READ)
def changes(request: PortalRequest) -> HttpResponse:
    form = ChangeSearchForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        page = queries.changes_page(
            form.search(), before=request.GET.get("before", ""), after=request.GET.get("after", "")
        )
        record_changes_look(request, page.rows, details={"conditions": form.conditions()})
        context |= {
            "page": page,
            "rows": change_rows(page.rows, reader=request.user),
            "may_read_operations": request.user.may(Permission.OPERATION_READ),
            "may_read_endpoints": request.user.may(Permission.ENDPOINT_READ),
            "csv_url": f"{reverse('changes_csv')}?{urlencode(form.conditions())}",
            **page_links(request, page),
        }
    return render(request, "vpn/changes/page.html", context)


@require_safe
@requires(Permission.CHANGE_READ)
def export_csv(request: PortalRequest) -> HttpResponseBase:
    """What a search finds, in words, for a spreadsheet."""
    form = ChangeSearchForm(request.GET)
    if not form.is_valid():
        return changes(request)
    search = form.search()
    record(
        Tag.CHANGES_EXPORTED,
        actor=request.user,
        target=targets.page("changes"),
        people=[targets.EVERYBODY],
        address=request.client_address,
        reference=request.reference,
        details={"conditions": form.conditions()},
    )
    rows = queries.matching_changes(search).iterator(chunk_size=500)
    name = ranged_name(pgettext("file name", "changes"), search.since, search.until, "csv")
    return csv_response(name, spreadsheet_titles(), spreadsheet_rows(rows, reader=request.user))


def record_changes_look(
    request: PortalRequest, shown: Iterable[EndpointChange], *, details: dict[str, Any]
) -> None:
    """A page that names nobody but the reader is no look at anybody."""
    people = people_in(shown)
    if people - {request.user.username}:
        record_look(
            request, Tag.CHANGES_VIEWED, target=targets.page("changes"), people=people, details=details
        )
