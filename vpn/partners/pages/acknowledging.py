"""`/allowlist/acknowledge/<token>/`: the partner's own page, without an account."""

from http import HTTPStatus
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.access.requests import request_origin
from portal.access.sign_in.pages import too_many_requests
from portal.rates import is_over
from vpn.partners import services
from vpn.partners.links import acknowledgement_path, find_notice, is_open
from vpn.partners.messages import announcement_text

PER_MINUTE: Final = 30


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what was announced, in the partner's language; only the button (POST) acknowledges.

    Mail scanners open every link of a mail, and none of them knows anything of the change afterwards.
    """
    origin = request_origin(request)
    if is_over("partner-link", origin.address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    notice = find_notice(token)
    if notice is None:
        raise Http404
    if request.method == "POST" and is_open(notice):
        services.acknowledge(notice, origin=origin)
        return redirect(acknowledgement_path(notice))
    with override(notice.partner.language):
        context = {
            "notice": notice,
            "announcement": notice.announcement,
            "text": announcement_text(notice.announcement),
            "is_open": is_open(notice),
        }
        status = HTTPStatus.OK if is_open(notice) or notice.acknowledged_at else HTTPStatus.GONE
        return render(request, "vpn/partners/acknowledge.html", context, status=status)
