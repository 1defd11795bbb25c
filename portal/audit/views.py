"""`/audit/`: what was done in the portal."""

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import queries
from portal.audit.forms import AuditSearchForm
from portal.audit.serialize import as_mapping
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.downloads import attachment
from portal.paging import page_links


@require_safe
@requires(Permission.AUDIT_READ)
def audit(request: PortalRequest) -> HttpResponse:
    form = AuditSearchForm(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "searching": any(form.data.get(name) for name in form.fields),
        "may_export": request.user.may(Permission.AUDIT_EXPORT),
    }
    if form.is_valid():
        page = queries.page(
            form.search(), before=request.GET.get("before", ""), after=request.GET.get("after", "")
        )
        context |= {
            "page": page,
            **page_links(request, page),
        }
    return render(request, "portal/audit/page.html", context)


@require_safe
@requires(Permission.AUDIT_EXPORT)
def export(request: PortalRequest) -> HttpResponseBase:
    """The whole chain as NDJSON, first event first: what `manage.py verify_audit --file` takes."""
    # First, because an export that breaks off has handed out events already.
    record(
        Tag.AUDIT_EXPORTED, actor=request.user, address=request.client_address, reference=request.reference
    )
    name = f"genkan-audit-{timezone.localdate():%Y-%m-%d}.ndjson"
    return StreamingHttpResponse(
        _lines(),
        content_type="application/x-ndjson; charset=utf-8",
        headers={"Content-Disposition": attachment(name)},
    )


def _lines() -> Iterator[bytes]:
    for event in queries.chain():
        yield json.dumps(as_mapping(event), ensure_ascii=False).encode() + b"\n"
