"""The one step of the checklist that only the person can tick."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from vpn.egress.card import card_for
from vpn.egress.person import person_context
from vpn.onboarding import services
from vpn.onboarding.checklist import checklist_for


@require_POST
@requires(Permission.HOME_READ)
def installed(request: PortalRequest) -> HttpResponse:
    """ "I have installed it", or with ``undo`` that it isn't so. In place for htmx, so that nothing scrolls away."""
    if request.POST.get("undo"):
        services.untick_installed(actor=request.user)
    else:
        services.tick_installed(actor=request.user)
    if not request.htmx:
        return redirect("home")
    person = person_context(request.user)
    context = {"checklist": checklist_for(person, card_for(request, person)), "profiles": person.profiles}
    return render(request, "vpn/onboarding/_checklist.html", context)
