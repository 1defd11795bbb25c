"""`/helpdesk/-/causes/`: what calls were about, month by month, and which rules deserve a look."""

import re
from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.helpdesk.learning import CallAnswerForm, CallCounts, answer_call, month_of_calls
from vpn.helpdesk.opening import call_of
from vpn.helpdesk.people import known_person

MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@require_safe
@requires(Permission.HELPDESK_USE)
def causes(request: PortalRequest) -> HttpResponse:
    """Counts only: of whom and by whom isn't stored."""
    first = _month(request.GET.get("month", ""))
    month = month_of_calls(first)
    columns = [_("Calls"), _("Right"), _("Something else"), _("Without a cause"), _("Not answered")]
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    context = {
        "parents": [{"label": _("Helpdesk"), "url": reverse("helpdesk")}],
        "title": date_format(first, "YEAR_MONTH_FORMAT"),
        "month": month,
        "before": f"{before:%Y-%m}",
        "after": f"{after:%Y-%m}" if after <= timezone.localdate() else "",
        "tables": [
            _table(_("Cause"), columns, month.by_cause),
            _table(_("Endpoint"), columns, month.by_endpoint),
            _table(_("Client version"), columns, month.by_version),
        ],
        "wrong": [
            _("%(cause)s: wrong %(times)s times; most often it was: %(instead)s")
            % {"cause": row.label, "times": row.other, "instead": row.instead or _("something else")}
            for row in month.wrong
        ],
    }
    return render(request, "vpn/helpdesk/causes.html", context)


@require_POST
@requires(Permission.HELPDESK_USE)
def answer(request: PortalRequest, username: str) -> HttpResponse:
    """What the call turned out to be, in one tap."""
    username, _account = known_person(username)
    form, key = CallAnswerForm(request.POST), call_of(request, username)
    if key and form.is_valid():
        answer_call(key, form)
    return redirect("helpdesk_person", username)


def _month(typed: str) -> date:
    """This month for anything that is none."""
    match = MONTH.fullmatch(typed)
    return date(int(match[1]), int(match[2]), 1) if match else timezone.localdate().replace(day=1)


def _table(caption: str, columns: list[str], rows: list[CallCounts]) -> dict[str, Any]:
    return {
        "caption": caption,
        "columns": [{"label": caption}, *({"label": column, "end": True} for column in columns)],
        "rows": [
            [
                {"label": caption, "text": row.label},
                *(
                    {"label": column, "text": str(count), "end": True}
                    for column, count in zip(
                        columns,
                        (row.calls, row.right, row.other, row.unknown, row.unanswered),
                        strict=True,
                    )
                ),
            ]
            for row in rows
        ],
    }
