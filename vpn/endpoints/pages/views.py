"""`/endpoints/` and a page for each, for the helpdesk and for administrators."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from vpn.certificates.pages import certificate_rows
from vpn.connection_log.search.record import record_conditions
from vpn.endpoints import queries
from vpn.endpoints.pages import context as pages
from vpn.operations import queries as operations
from vpn.operations.requests.pages import operation_row

SHOWN_OPERATIONS = 5


@require_safe
@requires(Permission.ENDPOINT_READ)
def endpoints(request: PortalRequest) -> HttpResponse:
    context = {
        "rows": [pages.endpoint_row(counted) for counted in queries.known_endpoints()],
        "failures": [
            pages.snapshot_failure(account) for account in queries.account_rows() if account.error_id
        ],
        "tag": settings.VPN_ENDPOINT_TAG,
    }
    return render(request, "vpn/endpoints/page.html", context)


@require_safe
@requires(Permission.ENDPOINT_READ)
def endpoint(request: PortalRequest, endpoint_id: str) -> HttpResponse:
    counted = queries.known_endpoint(endpoint_id)
    if counted is None:
        raise Http404
    connections = queries.live_connections(counted.endpoint, newest=pages.SHOWN_CONNECTIONS)
    record_conditions(
        request,
        {"page": "endpoint", "endpoint": endpoint_id},
        target=targets.endpoint(endpoint_id),
        people=[connection.username for connection in connections],
    )
    account = counted.endpoint.account
    context: dict[str, Any] = {
        "row": pages.endpoint_row(counted),
        "account_failure": pages.snapshot_failure(account) if account.error_id else None,
        "details": pages.endpoint_details(counted.endpoint),
        "connections": connections,
        "certificates": certificate_rows(counted.endpoint, timezone.now()),
        "site_to_site_vpns": pages.site_to_site_vpn_rows(queries.site_to_site_vpns(account)),
    }
    if request.user.may(Permission.OPERATION_READ):
        newest = operations.newest_operations(counted.endpoint, count=SHOWN_OPERATIONS)
        context["operations"] = [operation_row(operation) for operation in newest]
    context["may_operate"] = (
        request.user.may(Permission.OPERATION_REQUEST) and not counted.endpoint.vanished_at
    )
    return render(request, "vpn/endpoints/endpoint.html", context)
