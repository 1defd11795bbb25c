"""`/connections/sources/`: which log groups are read, how far, and what could not be read in them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.connection_log.ingest import pages, queries
from vpn.connection_log.search.record import record_conditions


@require_safe
@requires(Permission.CONNECTION_READ)
def sources(request: PortalRequest) -> HttpResponse:
    unreadable = queries.unreadable_by_source()
    found = queries.unreadable_lines(before=_number(request, "before"), after=_number(request, "after"))
    if found.rows:
        # They may name people and addresses.
        record_conditions(request, {"page": "sources"})
    read = {source.pk for source in queries.sources_being_read()}
    context = {
        "lines": pages.lines_of(queries.log_sources(), read=read, unreadable=unreadable),
        "silent": queries.silent_endpoints(),
        "problems": pages.problems_of(found.rows),
        "unreadable": sum(unreadable.values()),
        "newer_url": f"?after={found.newer}#unreadable" if found.newer else "",
        "older_url": f"?before={found.older}#unreadable" if found.older else "",
    }
    return render(request, "vpn/connection_log/sources/page.html", context)


def _number(request: PortalRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
