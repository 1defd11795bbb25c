"""`/audit/`: what was done in the portal."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import queries, targets
from portal.audit.looks import record_look
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.downloads import attachment
from portal.paging import page_links
from portal.spreadsheets import csv_response, ranged_name
from vpn.audit_pages.forms import AuditSearchForm
from vpn.audit_pages.ranges import AuditRange
from vpn.audit_pages.rows import audit_row, audit_rows
from vpn.audit_pages.table import spreadsheet_rows, spreadsheet_titles


@require_safe
@requires(Permission.AUDIT_READ)
def audit(request: PortalRequest) -> HttpResponse:
    form = AuditSearchForm(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "ranges": _range_links(form),
        "may_export": request.user.may(Permission.AUDIT_EXPORT),
        "everything_url": _url(form, range=AuditRange.ALL),
    }
    if form.is_valid():
        search = form.search()
        page = queries.page(search, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
        _record_search(request, form, page.rows)
        context |= {
            "page": page,
            "rows": audit_rows(page.rows, reader=request.user),
            # "Nothing" for a week must not be taken for "never".
            "elsewhere": not page.rows and form.is_ranged and queries.exists_at_any_time(search),
            "csv_url": f"{reverse('audit_csv')}?{urlencode(form.conditions())}",
            **page_links(request, page),
        }
    return render(request, "vpn/audit_pages/page.html", context)


@require_safe
@requires(Permission.AUDIT_READ)
def event(request: PortalRequest, sequence: int) -> HttpResponse:
    """One event with all that it holds, as it was written too."""
    row = get_object_or_404(AuditEvent, pk=sequence)
    record_look(
        request,
        Tag.AUDIT_SEARCHED,
        target=targets.page("audit"),
        people=_people([row]),
        details={"sequence": sequence},
    )
    context = {
        "row": audit_row(row, reader=request.user),
        "json": json.dumps(as_mapping(row), ensure_ascii=False, indent=2),
        "parents": [{"label": pgettext("navigation", "Audit record"), "url": reverse("audit")}],
    }
    return render(request, "vpn/audit_pages/event.html", context)


@require_safe
@requires(Permission.AUDIT_EXPORT)
def export_csv(request: PortalRequest) -> HttpResponseBase:
    """What a search finds, in words, for a spreadsheet; the chain itself is export_chain()."""
    form = AuditSearchForm(request.GET)
    if not form.is_valid():
        return audit(request)
    search = form.search()
    newest = queries.matching(search).order_by("-sequence").values_list("sequence", flat=True).first() or 0
    record(
        Tag.AUDIT_EXPORTED,
        actor=request.user,
        people=[targets.EVERYBODY],
        address=request.client_address,
        reference=request.reference,
        details={"format": "csv", "conditions": form.conditions()},
    )
    # Not the event that tells of this file: whoever asked knows of it.
    events = queries.matching(search).filter(sequence__lte=newest).order_by("-sequence")
    name = ranged_name(pgettext("file name", "audit-record"), search.since, search.until, "csv")
    rows = spreadsheet_rows(events.iterator(chunk_size=500), reader=request.user)
    return csv_response(name, spreadsheet_titles(), rows)


@require_safe
@requires(Permission.AUDIT_EXPORT)
def export_chain(request: PortalRequest) -> HttpResponseBase:
    """The whole chain as NDJSON, first event first: what `manage.py verify_audit --file` takes."""
    # First, because an export that breaks off has handed out events already.
    record(
        Tag.AUDIT_EXPORTED,
        actor=request.user,
        people=[targets.EVERYBODY],
        address=request.client_address,
        reference=request.reference,
        details={"format": "ndjson"},
    )
    name = f"genkan-audit-{timezone.localdate():%Y-%m-%d}.ndjson"
    return StreamingHttpResponse(
        _lines(),
        content_type="application/x-ndjson; charset=utf-8",
        headers={"Content-Disposition": attachment(name)},
    )


def _lines() -> Iterator[bytes]:
    for row in queries.chain():
        yield json.dumps(as_mapping(row), ensure_ascii=False).encode() + b"\n"


def _record_search(request: PortalRequest, form: AuditSearchForm, rows: Iterable[AuditEvent]) -> None:
    """The record says what people did, and from where: reading it is a look at them, too."""
    record_look(
        request,
        Tag.AUDIT_SEARCHED,
        target=targets.page("audit"),
        people=_people(rows),
        details={"conditions": form.conditions()},
    )


def _people(rows: Iterable[AuditEvent]) -> list[str]:
    return [name for row in rows for name in (row.actor, *row.people) if name]


def _range_links(form: AuditSearchForm) -> list[dict[str, Any]]:
    return [
        {
            "label": chosen.label,
            "url": _url(form, range=chosen),
            "current": form.chosen_range == chosen,
        }
        for chosen in AuditRange
    ]


def _url(form: AuditSearchForm, **changed: str) -> str:
    return f"{reverse('audit')}?{urlencode(form.conditions(since='', until='') | changed)}"
