"""The page behind the link: GET says what will happen, POST signs in. A link preview uses nothing up."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal import rates
from portal.access.breakglass import services, sessions
from portal.access.requests import request_origin
from portal.access.sign_in.marker import set_marker
from portal.access.sign_in.pages import sign_in_failed, too_many_requests
from portal.access.sign_in.services import record_sign_in

PER_MINUTE = 10


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def use(request: HttpRequest, token: str) -> HttpResponse:
    origin = request_origin(request)
    if rates.is_over("breakglass", origin.address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    if request.method != "POST":
        link = services.find(token)
        if link is None:
            return sign_in_failed(request, reason="breakglass", status=HTTPStatus.NOT_FOUND)
        context = {"person": link.user, "reason": link.reason, "expires_at": link.expires_at}
        return render(request, "portal/access/breakglass.html", context)
    user = services.use(token, origin=origin)
    if user is None:
        return sign_in_failed(request, reason="breakglass", status=HTTPStatus.NOT_FOUND)
    last_login = user.last_login
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    # No identity provider has said that the person still has these roles. Their API tokens rest if that is long ago.
    user.last_login = last_login
    user.save(update_fields=["last_login"])
    sessions.begin(request)
    record_sign_in(user, origin=origin, method="breakglass")
    answer = redirect(settings.LOGIN_REDIRECT_URL)
    set_marker(answer)
    return answer
