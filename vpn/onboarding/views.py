"""The checklist by itself, for htmx, and the one step that only the person can tick."""

from django.http import HttpResponse
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
    return _fragment(request) if request.htmx else redirect("home")


@require_POST
@requires(Permission.HOME_READ)
def installed(request: PortalRequest) -> HttpResponse:
    """ "I have installed it", or with ``undo`` that it isn't so. In place for htmx, so that nothing scrolls away."""
    if request.POST.get("undo"):
        services.untick_installed(actor=request.user)
    else:
        services.tick_installed(actor=request.user)
    return _fragment(request) if request.htmx else redirect("home")


def _fragment(request: PortalRequest) -> HttpResponse:
    person = person_context(request.user)
    through_vpn = card_for(request, person).result in THROUGH
    context = {
        "checklist": checklist_for(person, through_vpn=through_vpn),
        "profiles": person.profiles,
    }
    return render(request, "vpn/onboarding/_checklist.html", context)
