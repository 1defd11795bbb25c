"""`/connections/live/`: who is on now, for how long, how much; from the last look at AWS."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from vpn.connection_log.search.record import record_conditions
from vpn.live_connections import queries


@require_safe
@requires(Permission.CONNECTION_READ)
def live(request: PortalRequest) -> HttpResponse:
    """The page; its fragment for htmx, which asks again and again."""
    usage, rows = queries.quota_usage(), queries.live_rows()
    record_conditions(
        request,
        {"page": "live"},
        target=targets.page("live"),
        people=[row.username for row in rows if row.username],
    )
    context = {
        "usage": usage,
        "connections": rows,
        "connected": sum(row.connected for row in usage),
        "shown": queries.MAX_SHOWN,
        "may_operate": request.user.may(Permission.OPERATION_REQUEST),
        "unseen": queries.unseen_names(usage),
    }
    template = "vpn/live_connections/_fragment.html" if request.htmx else "vpn/live_connections/page.html"
    return render(request, template, context)
