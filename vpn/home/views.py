"""`/`: am I through the VPN, my profiles, what is broken."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.breakglass import services as breakglass
from portal.access.decorators import requires
from portal.access.permissions import Permission, Role
from portal.access.requests import PortalRequest
from vpn.egress.card import card_for
from vpn.endpoints import queries as endpoints
from vpn.profiles import queries as profiles


@require_safe
@requires(Permission.HOME_READ)
def home(request: PortalRequest) -> HttpResponse:
    context = {
        "card": card_for(request),
        "level": 1,
        "v4_url": settings.EGRESS_IPV4_URL,
        "v6_url": settings.EGRESS_IPV6_URL,
        "profiles": profiles.profiles_of(request.user),
        "ever_seen": endpoints.ever_seen(),
        "breakglass_links": breakglass.recently_used() if Role.ADMIN in request.user.roles else [],
    }
    return render(request, "vpn/home/page.html", context)
