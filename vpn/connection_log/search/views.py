"""`/connections/`: who connected, when, from where, for how long."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.connection_log.coverage.pages import coverage_notice
from vpn.connection_log.freshness import freshness
from vpn.connection_log.search import pages, presets, queries
from vpn.connection_log.search.condition_text import describe_conditions, describe_period
from vpn.connection_log.search.conditions import ConnectionSearch, parameters, query_string
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.overview import SearchOverview, overview_from_rows, search_overview
from vpn.connection_log.search.record import record_search
from vpn.endpoints import queries as endpoints

# The rows are what was asked for; nobody waits longer for what stands around them.
OVERVIEW_SECONDS: Final = 2


@require_safe
@requires(Permission.CONNECTION_READ)
def connections(request: PortalRequest) -> HttpResponse:
    form = ConnectionSearchForm(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "presets": presets.PRESETS.items(),
        "freshness": freshness(),
        "may_export": request.user.may(Permission.CONNECTION_EXPORT),
        "seconds": settings.SEARCH_SECONDS,
    }
    if form.is_valid():
        search = form.search()
        context |= {"search": search, "query": query_string(search), "share_url": _share(search)}
        context |= {
            "conditions": describe_conditions(parameters(search)),
            "period": describe_period(dict(parameters(search))),
            "span": pages.range_query(search),
            "attribution_url": pages.attribution_url(search),
        }
        context |= _results(request, search)
    return render(request, "vpn/connection_log/search/page.html", context)


def _results(request: PortalRequest, search: ConnectionSearch) -> dict[str, Any]:
    before = pages.parse_position(request.GET.get("before", ""))
    after = pages.parse_position(request.GET.get("after", ""))
    try:
        with limited():
            page = pages.find_page(search, before=before, after=after)
            stored = queries.search_coverage(search)
            # Without any row there may be nothing to search at all.
            empty = not page.lines and not queries.any_connection()
    except SearchTimeout:
        record_search(request, search)
        return {"too_slow": True}
    record_search(request, search, [line.row for line in page.lines])
    coverage = coverage_notice(stored, query=query_string(search))
    if empty:
        return {"nothing_yet": True, "coverage": coverage}
    # Where the page holds every match, nothing has to be asked again to count them.
    everything = not (before or after or page.older_url or search.outcome)
    counted = (
        overview_from_rows(search, [line.row for line in page.lines]) if everything else _overview(search)
    )
    labels = {shown.endpoint.endpoint_id: shown.endpoint.label for shown in endpoints.known_endpoints()}
    return {
        "page": page,
        "coverage": coverage,
        "summary": pages.result_summary(page, counted, search, first=not (before or after)),
        "outcomes": pages.outcome_chips(search, counted),
        "facets": pages.facets(search, counted, endpoints=labels),
        "histogram": pages.histogram(search, counted.bars) if counted and counted.bars is not None else None,
        "sample_note": pages.sample_note(counted),
        "wider": pages.wider_ranges(search),
    }


def _overview(search: ConnectionSearch) -> SearchOverview | None:
    try:
        with limited(seconds=OVERVIEW_SECONDS):
            return search_overview(search)
    except SearchTimeout:
        return None


def _share(search: ConnectionSearch) -> str:
    return f"{settings.SITE_URL}{pages.connections_url(search)}"
