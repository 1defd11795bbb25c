"""`/endpoints/` and a page for each, for the helpdesk and for administrators."""

from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from vpn.authorization_policy.pages import policy_page
from vpn.certificates.pages import certificate_rows
from vpn.changes.pages import change_rows
from vpn.changes.queries import newest_changes
from vpn.changes.views import record_changes_look
from vpn.connect_attempts.queries import outdated_clients
from vpn.connection_log.search.record import record_conditions
from vpn.declared_egress.observed import observe_egress
from vpn.endpoints import queries
from vpn.endpoints.chain import chains
from vpn.endpoints.models import Endpoint
from vpn.endpoints.pages import context as pages
from vpn.endpoints.pages import item_tables
from vpn.endpoints.pages.clients import client_rows
from vpn.endpoints.pages.context import EndpointTab
from vpn.endpoints.pages.quota_rows import quota_report
from vpn.endpoints.pages.setting_rows import changeable_rows, fixed_rows
from vpn.endpoints.places import has_transit_gateway
from vpn.live_connections.queries import live_rows
from vpn.metrics.latest import metric_rows
from vpn.metrics.pages import metrics_context
from vpn.operation_kinds.routes.fields import subnet_choices
from vpn.operations import queries as operations
from vpn.operations.requests import looks
from vpn.operations.requests.pages import OperationRow, nameless_row, operation_row
from vpn.operations.schedules.queries import next_runs_for, resume_url
from vpn.profiles.configuration import configuration_faults

SHOWN_OPERATIONS: Final = 20
SHOWN_CHANGES: Final = 20
TAKE_SUBNETS: Final = ("pause-endpoint", "disassociate-target-network")
BRING_SUBNETS: Final = ("resume-endpoint", "associate-target-network")


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
    """One tab of its page. Each is a link, so the page works without JavaScript and a tab can be bookmarked."""
    counted = queries.known_endpoint(endpoint_id)
    if counted is None:
        raise Http404
    endpoint, account = counted.endpoint, counted.endpoint.account
    may_read_operations = request.user.may(Permission.OPERATION_READ)
    tab = _tab(request, may_read_operations=may_read_operations)
    row = pages.endpoint_row(counted)
    context: dict[str, Any] = {
        "row": row,
        "tab": tab.value,
        "tabs": pages.tab_links(row, tab, with_operations=may_read_operations),
        "account_failure": pages.snapshot_failure(account) if account.error_id else None,
        "may_operate": request.user.may(Permission.OPERATION_REQUEST) and not row.vanished,
        "may_read_operations": may_read_operations,
        "going_on": [nameless_row(operation) for operation in operations.live_operations(endpoint)],
        "paused_by": _paused_by(endpoint),
        "resume_url": resume_url(endpoint),
    }
    context |= _tab_context(request, counted, tab)
    return render(request, "vpn/endpoints/endpoint.html", context)


def _tab(request: PortalRequest, *, may_read_operations: bool) -> EndpointTab:
    wanted = request.GET.get("tab", "")
    if wanted not in EndpointTab.values:
        return EndpointTab.DETAILS
    tab = EndpointTab(wanted)
    return EndpointTab.DETAILS if tab == EndpointTab.OPERATIONS and not may_read_operations else tab


def _tab_context(
    request: PortalRequest, counted: queries.EndpointConnectionCount, tab: EndpointTab
) -> dict[str, Any]:
    endpoint = counted.endpoint
    match tab:
        case EndpointTab.DETAILS:
            return _details(counted)
        case EndpointTab.NETWORKS:
            return {"item_table": item_tables.target_network_table(endpoint)}
        case EndpointTab.ROUTES:
            return {"item_table": item_tables.route_table(endpoint)}
        case EndpointTab.RULES:
            return {"item_table": item_tables.rule_table(endpoint)}
        case EndpointTab.POLICY:
            return _policy(request, endpoint)
        case EndpointTab.CONNECTIONS:
            return _connections(request, endpoint)
        case EndpointTab.METRICS:
            now = timezone.now()
            return {
                **metrics_context(endpoint, request.GET.get("range", ""), now),
                "metric_rows": metric_rows(endpoint, now),
                "may_read_log": request.user.may(Permission.CONNECTION_READ),
            }
        case EndpointTab.OPERATIONS:
            newest = operations.newest_operations(endpoint, count=SHOWN_OPERATIONS)
            shown: set[str] = set().union(*map(looks.people_shown, newest))
            looks.record_operations(request, shown, details={"endpoint": endpoint.endpoint_id})
            return {"operations": [operation_row(operation) for operation in newest]}
        case EndpointTab.CHANGES:
            changes = newest_changes(endpoint, count=SHOWN_CHANGES)
            record_changes_look(request, changes, details={"endpoint": endpoint.endpoint_id})
            return {"change_rows": change_rows(changes, reader=request.user)}


def _details(counted: queries.EndpointConnectionCount) -> dict[str, Any]:
    endpoint, now = counted.endpoint, timezone.now()
    return {
        "chains": chains(endpoint.label, endpoint.egress, zones=has_transit_gateway(endpoint)),
        "observed_egress": observe_egress(
            endpoint, settings.VPN_DECLARED_EGRESS.get(endpoint.endpoint_id, ())
        ),
        "changeable": changeable_rows(endpoint),
        "fixed": fixed_rows(endpoint),
        "configuration_faults": configuration_faults(endpoint),
        "certificates": certificate_rows(endpoint, now),
        "clients": outdated_clients(endpoint, now),
        "quota_report": quota_report(counted, now),
        "next_runs": next_runs_for(endpoint),
        "planned": [nameless_row(operation) for operation in operations.planned_operations([endpoint])],
        "site_to_site_vpns": pages.site_to_site_vpn_rows(queries.site_to_site_vpns(endpoint.account), now),
    }


def _policy(request: PortalRequest, endpoint: Endpoint) -> dict[str, Any]:
    """Its report names people, so it is recorded as a search for them is."""
    page = policy_page(endpoint, may_read_log=request.user.may(Permission.CONNECTION_READ))
    if page.report:
        record_conditions(
            request,
            {"page": "policy", "endpoint": endpoint.endpoint_id},
            target=targets.endpoint(endpoint.endpoint_id),
            people=[row.person.username for row in page.refused],
        )
    return {"page": page}


def _connections(request: PortalRequest, endpoint: Endpoint) -> dict[str, Any]:
    """Who is connected: recorded as a search for them is."""
    rows = live_rows(endpoint, newest=pages.SHOWN_CONNECTIONS)
    clients = outdated_clients(endpoint, timezone.now())
    outdated = client_rows(clients)
    record_conditions(
        request,
        {"page": "endpoint", "endpoint": endpoint.endpoint_id},
        target=targets.endpoint(endpoint.endpoint_id),
        people=[row.username for row in rows if row.username] + [row.username for row in outdated],
    )
    return {
        "connections": rows,
        "clients": clients,
        "outdated": outdated,
        "may_read_log": request.user.may(Permission.CONNECTION_READ),
    }


def _paused_by(endpoint: Endpoint) -> OperationRow | None:
    """The operation that took the endpoint's subnets away, as long as it has none."""
    if endpoint.vanished_at or subnet_choices(endpoint):
        return None
    newest = operations.newest_succeeded(endpoint, kinds=(*TAKE_SUBNETS, *BRING_SUBNETS))
    return nameless_row(newest) if newest and newest.kind in TAKE_SUBNETS else None
