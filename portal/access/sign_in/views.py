"""Signing in and out, apart from SAML itself."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal.access.models import User
from portal.access.requests import request_origin
from portal.access.sign_in import services
from portal.access.sign_in.marker import delete_marker, has_marker
from portal.access.sign_in.redirects import safe_url


@login_not_required
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """One button: the company's SSO."""
    next_url = safe_url(request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(next_url or "home")
    login_url = reverse("saml_login", args=[settings.SAML_ORGANIZATION])
    context = {"login_url": login_url, "next": next_url, "ended": has_marker(request)}
    return render(request, "portal/access/sign_in.html", context)


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        services.record_sign_out(request.user, origin=request_origin(request))
        logout(request)
    answer = redirect("signed_out")
    delete_marker(answer)
    return answer


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/access/signed_out.html")
