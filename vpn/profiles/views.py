"""`/profiles/` and the downloads."""

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.downloads import attachment
from vpn.profiles import queries, services

# What OpenVPN clients know .ovpn files by; Django would say "application/octet-stream".
CONTENT_TYPE = "application/x-openvpn-profile"


@require_safe
@requires(Permission.PROFILE_READ)
def profiles(request: PortalRequest) -> HttpResponse:
    """The page; for htmx without the frame. The context processor gives the profiles, with the notices about them."""
    return render(request, "vpn/profiles/_overview.html" if request.htmx else "vpn/profiles/page.html")


@require_GET
@requires(Permission.PROFILE_DOWNLOAD)
def download(request: PortalRequest, endpoint_id: str) -> HttpResponse:
    profile = queries.get_profile(request.user, endpoint_id=endpoint_id)
    if profile is None:
        return _not_there(request, endpoint_id)
    # 503 and not 404: the next snapshot may bring it.
    if not profile.ready:
        context = {"profile": profile, "reference": request.reference}
        return render(request, "vpn/profiles/not_ready.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
    file = services.download(profile, actor=request.user, origin=request_origin(request))
    return HttpResponse(
        file.content,
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": attachment(file.filename)},
    )


def _not_there(request: PortalRequest, endpoint_id: str) -> HttpResponse:
    """Words for whoever had this profile once; for everybody else there is no such page."""
    endpoint = queries.lost_endpoint(request.user, endpoint_id=endpoint_id)
    if endpoint is None:
        raise Http404
    context = {"endpoint": endpoint, "profiles": queries.list_profiles(request.user)}
    status = HTTPStatus.GONE if endpoint.vanished_at else HTTPStatus.NOT_FOUND
    return render(request, "vpn/profiles/gone.html", context, status=status)
