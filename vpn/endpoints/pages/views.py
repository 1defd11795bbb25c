"""`/endpoints/` and a page for each: what AWS said, for the helpdesk and for administrators."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from vpn.connection_log.search.record import record_conditions
from vpn.endpoints import queries
from vpn.endpoints.pages import context as pages
from vpn.operations import queries as operations
from vpn.operations.requests.pages import line_of

SHOWN_OPERATIONS = 5


@require_safe
@requires(Permission.ENDPOINT_READ)
def endpoints(request: PortalRequest) -> HttpResponse:
    context = {
        "lines": [pages.line_of(found) for found in queries.known_endpoints()],
        "failures": [pages.failure_of(account) for account in queries.account_rows() if account.error_id],
        "tag": settings.VPN_ENDPOINT_TAG,
    }
    return render(request, "vpn/endpoints/page.html", context)


@require_safe
@requires(Permission.ENDPOINT_READ)
def endpoint(request: PortalRequest, endpoint_id: str) -> HttpResponse:
    found = queries.known_endpoint(endpoint_id)
    if found is None:
        raise Http404
    connections = queries.live_connections(found.endpoint, newest=pages.SHOWN_CONNECTIONS)
    record_conditions(
        request,
        {"page": "endpoint", "endpoint": endpoint_id},
        target=targets.endpoint(endpoint_id),
        people=[connection.username for connection in connections],
    )
    account = found.endpoint.account
    context: dict[str, Any] = {
        "line": pages.line_of(found),
        "account_failure": pages.failure_of(account) if account.error_id else None,
        "details": pages.details_of(found.endpoint),
        "connections": connections,
        "site_to_site_vpns": pages.vpns_of(queries.site_to_site_vpns(account)),
    }
    if request.user.may(Permission.OPERATION_READ):
        newest = operations.newest_of(found.endpoint, count=SHOWN_OPERATIONS)
        context["operations"] = [line_of(operation) for operation in newest]
    context["may_operate"] = request.user.may(Permission.OPERATION_REQUEST) and not found.endpoint.vanished_at
    return render(request, "vpn/endpoints/endpoint.html", context)
