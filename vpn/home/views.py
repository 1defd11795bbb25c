"""`/`: the connection check, the person's profiles, what is left to set up, what is broken."""

from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.breakglass import services as breakglass
from portal.access.decorators import requires
from portal.access.permissions import Permission, Role
from portal.access.requests import PortalRequest
from vpn.connection_log.details import queries as connections
from vpn.connection_log.search.rows import connection_rows
from vpn.egress import services as egress
from vpn.egress.card import THROUGH, card_for
from vpn.egress.person import person_context
from vpn.findings import queries as findings
from vpn.home.notices import current_notices, planned_notices
from vpn.onboarding.checklist import checklist_for
from vpn.profiles import queries as profiles

RECENT: Final = 3


@require_safe
@requires(Permission.HOME_READ)
def home(request: PortalRequest) -> HttpResponse:
    """The page; for htmx without the frame."""
    person = person_context(request.user)
    card = card_for(request, person)
    egress.record_result(card.result, user=request.user, address=request.client_address)
    own_profiles = profiles.profiles_for(request.user, person.endpoints, person.downloads)
    context = {
        "card": card,
        "level": 1,
        "refresh_seconds": card.refresh_seconds,
        "v4_url": settings.EGRESS_IPV4_URL,
        "v6_url": settings.EGRESS_IPV6_URL,
        "profiles": own_profiles,
        "notices": [*planned_notices(own_profiles), *current_notices(own_profiles)],
        "recent": connection_rows(connections.newest_connections(person.log_entries.ids, newest=RECENT)),
        "ever_seen": any(endpoint.seen_at for endpoint in person.endpoints),
        "checklist": checklist_for(person, through_vpn=card.result in THROUGH),
        "breakglass_links": breakglass.recently_used() if Role.ADMIN in request.user.roles else [],
        "open_findings": findings.open_count() if request.user.may(Permission.CONNECTION_READ) else 0,
    }
    template = "vpn/home/_overview.html" if request.htmx else "vpn/home/page.html"
    return render(request, template, context)
