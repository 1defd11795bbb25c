"""`/connections/attribution/`: who was behind an address at a moment, or was this person connected then?"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.attribution import pages, queries, verdict
from vpn.attribution.forms import DEFAULT_MINUTES, AttributionForm
from vpn.attribution.queries import LONGEST_LOGGED, AttributionKind, AttributionQuestion, AttributionResult
from vpn.connection_log.coverage.texts import gap_texts, may_be_in_cloudwatch, stored_text
from vpn.connection_log.freshness import freshness
from vpn.connection_log.search.conditions import ConnectionSearch, query_string
from vpn.connection_log.search.limits import SearchTimeout, limited


@require_safe
@requires(Permission.CONNECTION_READ)
def attribution(request: PortalRequest) -> HttpResponse:
    asked = any(request.GET.get(name) for name in ("address", "at"))
    parameters = request.GET.copy()
    parameters.setdefault("minutes", str(DEFAULT_MINUTES))
    form = AttributionForm(parameters if asked else None, initial={"at": timezone.now()})
    context: dict[str, Any] = {
        "form": form,
        "freshness": freshness(),
    }
    if asked and form.is_valid():
        question = form.question()
        answer = _answer(question, form["address"].value())
        _record(request, question, answer.get("result"))
        context |= answer | {"question": question}
    return render(request, "vpn/attribution/page.html", context)


def _answer(question: AttributionQuestion, typed: str) -> dict[str, Any]:
    try:
        with limited():
            result = queries.find(question)
            timeline = pages.build_timeline(question, result)
    except SearchTimeout:
        return {"too_slow": True}
    coverage = result.coverage
    return {
        "result": result,
        "heading": verdict.heading(result, timeline),
        "stored": stored_text(coverage),
        "missing": gap_texts(coverage.gaps),
        "cloudwatch_url": _cloudwatch_url(question, result, typed) if may_be_in_cloudwatch(coverage) else "",
        "watched_since": queries.addresses_watched_since(),
        "everything_url": f"{reverse('connections')}?{urlencode({'q': typed, 'range': 'all'})}",
        "day_url": f"{reverse('connections')}?{urlencode({'q': typed} | _day(question))}",
        "timeline": timeline,
        "split_tunnel": any(period.endpoint.split_tunnel for period in result.periods),
        "several": any(len(period.endpoint.egress_ips) > 1 for period in result.periods),
    }


def _cloudwatch_url(question: AttributionQuestion, result: AttributionResult, typed: str) -> str:
    """The search there that finds whoever was connected: they began a session's length before, at most."""
    endpoints = {period.endpoint.endpoint_id for period in result.periods}
    search = ConnectionSearch(
        question.since - LONGEST_LOGGED,
        question.until,
        endpoint_id=endpoints.pop() if len(endpoints) == 1 else "",
    )
    # A fixed address stands in no line of the log.
    who = urlencode({"q": typed}) if typed and result.kind is not AttributionKind.FIXED else ""
    return f"{reverse('log_queries')}?{'&'.join(filter(None, (who, query_string(search))))}"


def _day(question: AttributionQuestion) -> dict[str, str]:
    day = timezone.localdate(question.at)
    return {"since": f"{day}T00:00", "until": f"{day + timedelta(days=1)}T00:00"}


def _record(request: PortalRequest, question: AttributionQuestion, result: AttributionResult | None) -> None:
    record(
        Tag.CONNECTIONS_ATTRIBUTED,
        actor=request.user,
        target=question.target,
        people=result.usernames if result else (),
        address=request.client_address,
        reference=request.reference,
        details=question.details,
    )
