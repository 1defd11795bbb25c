"""`/connections/summary/`: charts, each with a table under it, and the way to the connections behind each number."""

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
from portal.audit import targets
from portal.audit.looks import record_look
from portal.audit.tags import Tag
from vpn.connection_log.freshness import freshness
from vpn.connection_summary.forms import SummaryForm
from vpn.connection_summary.pages import SummaryFacts
from vpn.connection_summary.ranges import RangePreset, preset_range
from vpn.connection_summary.report import SummaryReport, report


@require_safe
@requires(Permission.CONNECTION_READ)
def summary(request: PortalRequest) -> HttpResponse:
    form = SummaryForm(request.GET)
    if not form.is_valid():
        return render(request, "vpn/connection_summary/page.html", _frame(form, RangePreset.WEEK, ""))
    about = SummaryFacts(preset_range(form.preset, today=timezone.localdate()), form.endpoint_id)
    shown = report(about)
    _record(request, form, shown)
    context = _frame(form, form.preset, form.endpoint_id)
    return render(request, "vpn/connection_summary/page.html", context | {"about": about, "report": shown})


def _frame(form: SummaryForm, chosen: RangePreset, endpoint_id: str) -> dict[str, Any]:
    """The presets keep the endpoint, and the endpoint's form keeps the preset."""
    keep = {"endpoint": endpoint_id} if endpoint_id else {}
    return {
        "freshness": freshness(),
        "form": form,
        "chosen": chosen,
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
        details={"range": form.preset.value, "endpoint": form.endpoint_id},
    )
