"""`/connections/summary/`: charts, each with a table under it, and the way to the connections behind each number."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from portal.audit.looks import record_file, record_look
from portal.audit.tags import Tag
from portal.spreadsheets import csv_response, ranged_name
from vpn.connection_log.coverage.pages import coverage_notice
from vpn.connection_log.coverage.queries import coverage
from vpn.connection_log.freshness import freshness
from vpn.connection_log.search.conditions import ConnectionSearch, query_string
from vpn.connection_summary import queries, spreadsheet
from vpn.connection_summary.forms import SummaryForm
from vpn.connection_summary.pages import SummaryFacts
from vpn.connection_summary.ranges import RangePreset
from vpn.connection_summary.report import SummaryReport, report


@require_safe
@requires(Permission.CONNECTION_READ)
def summary(request: PortalRequest) -> HttpResponse:
    form = SummaryForm(request.GET)
    context: dict[str, Any] = {"freshness": freshness(), "form": form}
    if not form.is_valid():
        return render(request, "vpn/connection_summary/page.html", context | _presets(None, ""))
    about = SummaryFacts(form.span(today=timezone.localdate()), form.endpoint_id)
    stored = coverage(about.span.since, about.span.until, endpoint_ids=form.endpoint_ids)
    shown = report(about, stored)
    _record(request, form, shown)
    search = ConnectionSearch(about.span.since, about.span.until, endpoint_id=form.endpoint_id)
    context |= {
        # With the days that the preset stands for, so that they can be changed
        "form": form.with_days(about.span),
        "about": about,
        "coverage": coverage_notice(stored, query=query_string(search)),
        "report": shown,
        "query": request.GET.urlencode(),
    }
    return render(
        request, "vpn/connection_summary/page.html", context | _presets(form.preset, form.endpoint_id)
    )


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def days_csv(request: PortalRequest) -> HttpResponseBase:
    """A row a day: numbers without names, so that nothing is recorded."""
    form = SummaryForm(request.GET)
    if not form.is_valid():
        return summary(request)
    about = SummaryFacts(form.span(today=timezone.localdate()), form.endpoint_id)
    stored = coverage(about.span.since, about.span.until, endpoint_ids=form.endpoint_ids)
    rows = spreadsheet.day_rows(about, queries.days(about.span, about.endpoint_id), stored)
    name = ranged_name(pgettext("file name", "days"), about.span.since, about.span.until, "csv")
    return csv_response(name, spreadsheet.day_titles(), rows)


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def people_csv(request: PortalRequest) -> HttpResponseBase:
    """A row for everybody who connected, whoever was connected longest first."""
    form = SummaryForm(request.GET)
    if not form.is_valid():
        return summary(request)
    span = form.span(today=timezone.localdate())
    people = queries.people(span, form.endpoint_id, top=None).by_seconds
    record_file(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("summary"),
        people=[person.username for person in people],
        details=form.conditions,
    )
    name = ranged_name(pgettext("file name", "people"), span.since, span.until, "csv")
    return csv_response(name, spreadsheet.person_titles(), spreadsheet.person_rows(people))


def _presets(chosen: RangePreset | None, endpoint_id: str) -> dict[str, Any]:
    """The presets keep the endpoint."""
    keep = {"endpoint": endpoint_id} if endpoint_id else {}
    return {
        "presets": [
            {
                "label": preset.label,
                "url": f"{reverse('connections_summary')}?{urlencode({'range': preset.value, **keep})}",
                "current": preset is chosen,
            }
            for preset in RangePreset
        ],
    }


def _record(request: PortalRequest, form: SummaryForm, shown: SummaryReport) -> None:
    """The page names people and says how long they worked: reading it is recorded as a search is."""
    record_look(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("summary"),
        people=shown.usernames,
        details=form.conditions,
    )
