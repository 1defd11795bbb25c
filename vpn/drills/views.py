"""`/status/drills/`: to read for helpdesk, auditors and administrators; administrators plan them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.audit.looks import record_look
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.drills import services
from vpn.drills.base import queries
from vpn.drills.base.models import Drill
from vpn.drills.forms import DrillForm


@require_safe
@requires(Permission.CHANGE_READ)
def drills(request: PortalRequest) -> HttpResponse:
    last = queries.last_result()
    context = {
        "rows": [queries.drill_result(drill) for drill in queries.drills()],
        "is_known": last is not None and last.counts(timezone.now()),
        "counts_for_days": queries.COUNTS_FOR.days,
        "may_plan": request.user.may(Permission.OPERATION_REQUEST),
        "parents": _parents(),
    }
    return render(request, "vpn/drills/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPERATION_REQUEST)
def new(request: PortalRequest) -> HttpResponse:
    initial = {"starts_at": timezone.now()}
    form = DrillForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        drill = services.plan_drill(
            endpoint=form.endpoints[form.cleaned_data["endpoint"]],
            starts_at=form.cleaned_data["starts_at"],
            ends_at=form.ends_at,
            people=form.cleaned_data["people"],
            repeats=form.cleaned_data["repeats"],
            note=form.cleaned_data["note"],
            actor=request.user,
            origin=request_origin(request),
        )
        messages.success(request, _("The drill is planned. Its people are told when it begins."))
        return redirect(drill)
    return render(request, "vpn/drills/form.html", {"form": form, "parents": [*_parents(), _list()]})


@require_safe
@requires(Permission.CHANGE_READ)
def drill(request: PortalRequest, pk: int) -> HttpResponse:
    """The report: one page, for printing too."""
    shown = get_object_or_404(Drill.objects.select_related("endpoint"), pk=pk)
    result = queries.drill_result(shown)
    record_look(
        request,
        Tag.DRILL_READ,
        target=AuditTarget(TargetKind.DRILL, str(shown.pk), str(shown)),
        people=[person.user.username for person in result.people],
    )
    language = (get_language() or "en")[:2]
    context = {
        "result": result,
        "drill": shown,
        "has_begun": shown.starts_at <= timezone.now(),
        "people": [
            {
                "person": person,
                "took": person.took(shown.starts_at),
                "reason": person.reason.get(language, ""),
            }
            for person in result.people
        ],
        "may_plan": request.user.may(Permission.OPERATION_REQUEST),
        "may_help": request.user.may(Permission.HELPDESK_USE),
        "parents": [*_parents(), _list()],
    }
    return render(request, "vpn/drills/drill.html", context)


@require_POST
@requires(Permission.OPERATION_REQUEST)
def cancel(request: PortalRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Drill.objects.select_related("endpoint"), pk=pk)
    if services.cancel_drill(shown, actor=request.user, origin=request_origin(request)):
        messages.success(request, _("The drill is cancelled."))
    else:
        messages.info(request, _("The drill was over already."))
    return redirect(shown)


def _parents() -> list[dict[str, str]]:
    return [{"label": pgettext("navigation", "Status"), "url": reverse("status")}]


def _list() -> dict[str, str]:
    return {"label": _("Drills"), "url": reverse("drills")}
