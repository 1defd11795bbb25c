"""`/`: the connection check, the person's profiles, what is left to set up, what is broken."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.access.breakglass import services as breakglass
from portal.access.decorators import requires
from portal.access.permissions import Permission, Role
from portal.access.requests import PortalRequest
from vpn.egress import services as egress
from vpn.egress.card import card_for
from vpn.egress.notices import announcements_for, notices_for
from vpn.egress.person import person_context
from vpn.findings import queries as findings
from vpn.home.causes import failure_cause
from vpn.home.recent import recent_rows
from vpn.onboarding.checklist import checklist_for
from vpn.status.notices import office_notices


@require_safe
@requires(Permission.HOME_READ)
def home(request: PortalRequest) -> HttpResponse:
    """The page; for htmx without the frame."""
    person = person_context(request.user)
    card = card_for(request, person, cause=failure_cause(person))
    egress.record_result(
        card.result,
        user=request.user,
        address=request.client_address,
        user_agent=request.headers.get("User-Agent", ""),
    )
    context = {
        "card": card,
        "level": 1,
        "refresh_seconds": card.refresh_seconds,
        "v4_url": settings.EGRESS_IPV4_URL,
        "v6_url": settings.EGRESS_IPV6_URL,
        "profiles": person.profiles,
        "lost": person.lost,
        "notices": [
            *announcements_for(person),
            *office_notices(person.allowed),
            *notices_for(person, on_card=card.explanation.trouble),
        ],
        "recent": recent_rows(person.recent, card.presence),
        "ever_seen": person.ever_seen,
        "checklist": checklist_for(person, card),
        "breakglass_links": breakglass.recently_used() if Role.ADMIN in request.user.roles else [],
        "open_findings": findings.open_count() if request.user.may(Permission.CONNECTION_READ) else 0,
    }
    template = "vpn/home/_overview.html" if request.htmx else "vpn/home/page.html"
    return render(request, template, context)


@require_safe
@requires(Permission.HOME_READ)
def notices(request: PortalRequest) -> HttpResponse:
    """For the other pages of an employee, which refresh them by themselves; the context processor gives them."""
    if not request.htmx:
        return redirect("home")
    return render(request, "vpn/notices/_for_person.html")
