"""`/connections/sources/`: which log groups are read, how far, and what could not be read in them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from portal.paging import page_links
from vpn.connection_log.ingest import pages, queries
from vpn.connection_log.search.record import record_conditions


@require_safe
@requires(Permission.CONNECTION_READ)
def sources(request: PortalRequest) -> HttpResponse:
    unreadable = queries.unreadable_by_source()
    page = queries.unreadable_lines(before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    if page.rows:
        # They may name people and addresses.
        record_conditions(request, {"page": "sources"}, target=targets.page("sources"))
    read = {source.pk for source in queries.sources_being_read()}
    context = {
        "lines": pages.source_rows(queries.log_sources(), read=read, unreadable=unreadable),
        "silent": queries.silent_endpoints(),
        "unread_handlers": queries.unread_handler_groups(),
        "problems": pages.problem_rows(page.rows),
        "unreadable": sum(unreadable.values()),
        **page_links(request, page, fragment="#unreadable"),
    }
    return render(request, "vpn/connection_log/sources/page.html", context)
