"""`/guides/` and `/guides/<system>/`: for everybody, also before sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portal.access.permissions import Permission
from vpn.guides.pages import GuideReader, guide_for
from vpn.guides.systems import System, detect_system
from vpn.profiles.queries import list_profiles


@login_not_required
@require_safe
@vary_on_headers("User-Agent")
def guides(request: HttpRequest) -> HttpResponse:
    """The guide for the visitor's computer; the anchors are the same in each, so a link to a step fits everybody."""
    return _page(request, detect_system(request.headers.get("User-Agent", "")))


@login_not_required
@require_safe
def guide(request: HttpRequest, system: str) -> HttpResponse:
    if system not in set(System):
        raise Http404
    return _page(request, System(system))


def _page(request: HttpRequest, system: System) -> HttpResponse:
    context = {
        "guide": guide_for(system, _reader(request), return_path=request.path),
        "system": system,
        "systems": list(System),
    }
    return render(request, "vpn/guides/page.html", context)


def _reader(request: HttpRequest) -> GuideReader:
    user = request.user
    if not user.is_authenticated:
        return GuideReader(signed_in=False, profiles=[])
    if not user.may(Permission.PROFILE_READ):
        return GuideReader(signed_in=True, profiles=[])
    return GuideReader(signed_in=True, profiles=list_profiles(user))
