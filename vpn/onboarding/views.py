"""The checklist by itself, for htmx, and the one step that only the person can tick."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.egress.card import THROUGH, card_for
from vpn.egress.person import person_context
from vpn.onboarding import services
from vpn.onboarding.checklist import checklist_for


@require_safe
@requires(Permission.HOME_READ)
def checklist(request: PortalRequest) -> HttpResponse:
    if not request.htmx:
        return redirect("home")
    person = person_context(request.user)
    through_vpn = card_for(request, person).result in THROUGH
    context = {"checklist": checklist_for(person, through_vpn=through_vpn)}
    return render(request, "vpn/onboarding/_checklist.html", context)


@require_POST
@requires(Permission.HOME_READ)
def installed(request: PortalRequest) -> HttpResponseRedirect:
    services.tick_installed(actor=request.user)
    return redirect("home")
