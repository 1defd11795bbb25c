"""`/connections/costs/`: a month by endpoint and by person."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
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
from vpn.connection_log.nights import TOLD_FIRST
from vpn.connection_log.search.conditions import ConnectionSearch, query_string
from vpn.connection_log.search.links import person_url
from vpn.connection_log.search.people import display_names
from vpn.costs import queries
from vpn.costs.forms import FORMAT, CostMonthForm
from vpn.costs.report import CostMonth, cost_month, current_month, endpoint_costs, totals


@require_safe
@requires(Permission.CONNECTION_READ)
def costs(request: PortalRequest) -> HttpResponse:
    form = CostMonthForm(request.GET)
    context: dict[str, Any] = {"form": form, "presets": _presets(None)}
    if not form.is_valid():
        return render(request, "vpn/costs/page.html", context)
    now = timezone.now()
    month = cost_month(form.cleaned_data["month"], now)
    people = queries.person_hours(month.since, month.until)
    names = display_names(person.username for person in people)
    record_look(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("costs"),
        people=[person.username for person in people],
        details={"month": f"{month.first:{FORMAT}}"},
    )
    stored = coverage(month.since, month.until)
    search = ConnectionSearch(month.since, month.until)
    endpoints = endpoint_costs(month, now)
    context |= {
        # With the month that is shown, so that it can be changed
        "form": CostMonthForm({"month": f"{month.first:{FORMAT}}"}),
        "presets": _presets(month.first),
        "month": month,
        "coverage": coverage_notice(stored, query=query_string(search)),
        "endpoints": endpoints,
        "totals": totals(endpoints),
        "people": [
            {
                "person": person,
                "name": names.get(person.username, ""),
                "url": person_url(person.username, month.since, month.until),
            }
            for person in people
        ],
        "told_first_days": TOLD_FIRST.days,
    }
    return render(request, "vpn/costs/page.html", context)


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def people_csv(request: PortalRequest) -> HttpResponseBase:
    """A row for everybody who connected in the month, whoever was connected longest first."""
    form = CostMonthForm(request.GET)
    if not form.is_valid():
        return costs(request)
    month = cost_month(form.cleaned_data["month"], timezone.now())
    people = queries.person_hours(month.since, month.until, top=None)
    record_file(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("costs"),
        people=[person.username for person in people],
        details={"month": f"{month.first:{FORMAT}}"},
    )
    name = ranged_name(pgettext("file name", "costs"), month.since, month.end, "csv")
    titles = [_("Name"), _("User name"), _("Connection hours"), _("Connections"), _("Open all night")]
    return csv_response(name, titles, _person_rows(people))


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def endpoints_csv(request: PortalRequest) -> HttpResponseBase:
    """A row an endpoint, without names: nothing is recorded. A cell is empty where the number isn't known."""
    form = CostMonthForm(request.GET)
    if not form.is_valid():
        return costs(request)
    now = timezone.now()
    month = cost_month(form.cleaned_data["month"], now)
    name = ranged_name(pgettext("file name", "costs"), month.since, month.end, "csv")
    titles = [
        _("Endpoint"),
        _("Endpoint id"),
        _("Currency"),
        _("Subnet hours"),
        _("Cost of subnets"),
        _("Connection hours"),
        _("Cost of connections"),
        _("Total"),
        _("By the end of the month"),
        _("Saved by pausing"),
    ]
    return csv_response(name, titles, _endpoint_rows(month))


def _endpoint_rows(month: CostMonth) -> list[list[Any]]:
    return [
        [
            cost.endpoint.label,
            cost.endpoint.endpoint_id,
            cost.prices.currency,
            float(round(cost.association_hours, 1)),
            float(round(cost.associations, 2)),
            cost.connection_hours,
            None if cost.connections is None else float(round(cost.connections, 2)),
            float(round(cost.total, 2)),
            None if cost.forecast is None else float(round(cost.forecast, 2)),
            float(round(cost.saved, 2)),
        ]
        for cost in endpoint_costs(month, timezone.now())
    ]


def _person_rows(people: Iterable[queries.PersonHours]) -> Iterator[list[Any]]:
    people = list(people)
    names = display_names(person.username for person in people)
    for person in people:
        yield [
            names.get(person.username, ""),
            person.username,
            person.hours,
            person.connections,
            person.nights,
        ]


def _presets(chosen: date | None) -> list[dict[str, Any]]:
    this_month = current_month()
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    return [
        {
            "label": label,
            "url": f"{reverse('costs')}?{urlencode({'month': f'{month:{FORMAT}}'})}",
            "current": month == chosen,
        }
        for label, month in ((_("This month"), this_month), (_("Last month"), last_month))
    ]
