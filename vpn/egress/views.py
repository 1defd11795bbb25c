"""`/egress/` for people, `/egress.json` and `/egress.txt` for scripts and for the check hosts."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from vpn.egress import queries, services
from vpn.egress.card import card_for
from vpn.egress.notices import announcements_for, notices_for
from vpn.egress.offices import office_name
from vpn.egress.person import person_context
from vpn.egress.verdict import judge
from vpn.endpoints import queries as endpoint_queries


@require_safe
@requires(Permission.EGRESS_READ)
def egress(request: PortalRequest) -> HttpResponse:
    """The page; for htmx without its frame. Its query has what the IPv4-only and IPv6-only check hosts answered."""
    person = person_context(request.user)
    card = card_for(request, person)
    services.record_result(
        card.result,
        user=request.user,
        address=request.client_address,
        user_agent=request.headers.get("User-Agent", ""),
    )
    context = {
        "card": card,
        "level": 1,
        "notices": [*announcements_for(person), *notices_for(person, on_card=card.explanation.trouble)],
        "refresh_seconds": card.refresh_seconds,
        "v4_url": settings.EGRESS_IPV4_URL,
        "v6_url": settings.EGRESS_IPV6_URL,
        "egress_ips": endpoint_queries.egress_addresses(person.endpoints).labels,
        "offices": [office_name(site) for site in settings.OFFICE_NETWORKS],
    }
    template = "vpn/egress/_overview.html" if request.htmx else "vpn/egress/page.html"
    return render(request, template, context)


@login_not_required
@require_safe
def egress_json(request: HttpRequest) -> JsonResponse:
    """These five keys are a public contract (docs/egress.md)."""
    address = request_origin(request).address
    known = queries.cached_known_addresses()
    judgement = judge(address, known)
    answer = JsonResponse(
        {
            "ip": str(address) if address else None,
            "version": address.version if address else None,
            "verdict": judgement.verdict.value,
            "via": judgement.via or None,
            "checked_at": timezone.now().isoformat(timespec="seconds"),
        }
    )
    # For egress.js, which asks for the rest of the page when this has changed
    answer["Genkan-State"] = known.state
    _let_our_pages_read(answer)
    return answer


@login_not_required
@require_safe
def egress_text(request: HttpRequest) -> HttpResponse:
    """The bare address and a newline; status 400 if it isn't known, so that `curl --fail` fails."""
    address = request_origin(request).address
    status = HTTPStatus.OK if address else HTTPStatus.BAD_REQUEST
    text = f"{address}\n" if address else "unknown\n"
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
    _let_our_pages_read(answer)
    return answer


def _let_our_pages_read(answer: HttpResponse) -> None:
    # The page at SITE_URL asks the IPv4-only and IPv6-only check hosts, which are other origins to a browser.
    answer["Access-Control-Allow-Origin"] = settings.SITE_URL
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["Cache-Control"] = "no-store"
