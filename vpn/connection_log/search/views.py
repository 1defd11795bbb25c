"""`/connections/`: who connected, when, from where, for how long."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.connection_log.freshness import freshness
from vpn.connection_log.search import pages, presets, queries
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter, parameters, query_of
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.overview import SearchOverview, overview, overview_of
from vpn.connection_log.search.record import record_search
from vpn.connection_log.search.wording import conditions_in_words
from vpn.endpoints import queries as endpoints

# The rows are what was asked for; nobody waits longer for what stands around them.
OVERVIEW_SECONDS: Final = 2
# Why they failed is what is asked next.
FAILING: Final = frozenset({OutcomeFilter.FAILED, OutcomeFilter.UNFINISHED})


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
        context |= {"search": search, "query": query_of(search), "share_url": _share(search)}
        context |= {
            "older_than_kept": search.since < timezone.now() - timedelta(days=settings.LOG_RETENTION_DAYS),
            "conditions": conditions_in_words(parameters(search)),
            "span": pages.span_of(search),
            "at_url": pages.at_url(search),
        }
        context |= _results(request, search)
    return render(request, "vpn/connection_log/search/page.html", context)


def _results(request: PortalRequest, search: ConnectionSearch) -> dict[str, Any]:
    before = pages.position_of(request.GET.get("before", ""))
    after = pages.position_of(request.GET.get("after", ""))
    try:
        with limited():
            page = pages.page_of(search, before=before, after=after)
            # Without any row there may be nothing to search at all.
            empty = not page.lines and not queries.any_connection()
    except SearchTimeout:
        record_search(request, search)
        return {"too_slow": True}
    record_search(request, search, [line.row for line in page.lines])
    if empty:
        return {"nothing_yet": True}
    everything = not (before or after or page.older_url or search.outcome)
    counted = overview_of(search, [line.row for line in page.lines]) if everything else _overview(search)
    labels = {one.endpoint.endpoint_id: one.endpoint.label for one in endpoints.known_endpoints()}
    facets = pages.facets(search, counted, endpoints=labels)
    return {
        "page": page,
        "summary": pages.summary_of(page, counted, search, first=not (before or after)),
        "outcomes": pages.outcome_chips(search, counted),
        "facets": facets,
        "facets_open": search.outcome in FAILING or any(chip.current for one in facets for chip in one.chips),
        "histogram": pages.histogram(search, counted.bars) if counted and counted.bars is not None else None,
        "sample_note": pages.sample_note(counted),
        "wider": pages.wider(search),
    }


def _overview(search: ConnectionSearch) -> SearchOverview | None:
    try:
        with limited(seconds=OVERVIEW_SECONDS):
            return overview(search)
    except SearchTimeout:
        return None


def _share(search: ConnectionSearch) -> str:
    return f"{settings.SITE_URL}{pages.url_of(search)}"
