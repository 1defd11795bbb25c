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
from vpn.attribution import pages, queries
from vpn.attribution.forms import DEFAULT_MINUTES, AttributionForm
from vpn.attribution.queries import AttributionQuestion, AttributionResult
from vpn.connection_log.freshness import freshness
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
    complete_until = freshness().complete_until
    return {
        "result": result,
        "everything_url": f"{reverse('connections')}?{urlencode({'q': typed, 'range': 'all'})}",
        "day_url": f"{reverse('connections')}?{urlencode({'q': typed} | _day(question))}",
        "timeline": timeline,
        "incomplete": complete_until is None or complete_until < question.until,
        "split_tunnel": any(period.endpoint.split_tunnel for period in result.periods),
        "several": any(len(period.endpoint.egress_ips) > 1 for period in result.periods),
    }


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
