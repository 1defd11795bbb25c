"""The SAML URLs: allauth's own for the way out, ours for what comes back."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.saml import views as allauth_views
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from portal import rates
from portal.access.requests import request_origin
from portal.access.saml import logout, metadata, pending, response
from portal.access.saml.assertion import VerifiedAssertion
from portal.access.saml.document import MAX_BYTES
from portal.access.saml.groups import sent_groups
from portal.access.saml.refusal import AssertionRefused
from portal.access.sign_in.pages import nothing_to_finish, sign_in_failed, too_many_requests
from portal.access.sign_in.services import record_sign_in

PER_MINUTE = 600  # an address: a whole office comes from one, and a refusal costs a millisecond
START_SECONDS = 900  # how long an unfinished sign-in is kept


@login_not_required
@require_safe
def login(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Redirect to the identity provider with an AuthnRequest. Its ID is kept in this browser's session."""
    _check_organization(organization_slug)
    if rates.is_over("saml-login", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    try:
        metadata.current()
    except metadata.MetadataError as error:
        return sign_in_failed(
            request, reason="no_metadata", detail=str(error), status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    answer: HttpResponse = allauth_views.login(request, organization_slug=organization_slug)
    if not request.user.is_authenticated:
        request.session.set_expiry(START_SECONDS)
    return answer


@login_not_required
# The form is on the identity provider's site and has no CSRF token of ours; the signature says who sent it.
@csrf_exempt
@require_POST
def acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The assertion consumer service: bounded, checked without cryptography, then verified, then used up."""
    _check_organization(organization_slug)
    if rates.is_over("saml-acs", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    finish_url = reverse("saml_finish_acs", args=[organization_slug])
    acs_url = request.build_absolute_uri(reverse("saml_acs", args=[organization_slug]))
    try:
        verified = response.verify(_saml_response(request), acs_url=acs_url)
    except AssertionRefused as refused:
        return sign_in_failed(request, reason=refused.reason, detail=refused.detail)
    except metadata.MetadataError as error:
        return sign_in_failed(
            request, reason="no_metadata", detail=str(error), status=HTTPStatus.SERVICE_UNAVAILABLE
        )
    answer = redirect(finish_url)
    pending.save(answer, verified, path=finish_url)
    return answer


def _saml_response(request: HttpRequest) -> str:
    # Base64 takes a third more, and the form's escapes of "+", "/" and "=" some more on top.
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES * 2:
        raise AssertionRefused("too_large", request.META["CONTENT_LENGTH"])
    try:
        values = request.POST.getlist("SAMLResponse")
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise AssertionRefused("too_large", str(error)) from error
    if len(values) != 1:
        raise AssertionRefused("not_one_saml_response", str(len(values)))
    return values[0]


@login_not_required
@require_GET
def finish_acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Sign the person in, if this browser's session has the AuthnRequest that the assertion answers."""
    _check_organization(organization_slug)
    if rates.is_over("saml-finish", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    verified = pending.pop(request)
    if verified is None:
        if request.user.is_authenticated:
            # The page was loaded again after it had signed the person in.
            return redirect(settings.LOGIN_REDIRECT_URL)
        if not pending.has_key(request):
            return nothing_to_finish(request)
        return sign_in_failed(request, reason="nothing_to_finish")
    try:
        return _sign_in(request, verified)
    except AssertionRefused as refused:
        return sign_in_failed(request, reason=refused.reason, detail=refused.detail)


def _sign_in(request: HttpRequest, verified: VerifiedAssertion) -> HttpResponse:
    provider = get_adapter().get_provider(request, "saml", client_id=settings.SAML_ORGANIZATION)
    sociallogin = provider.sociallogin_from_response(request, verified)
    # Users hold what we need of the attributes; allauth's own copies would only go stale.
    sociallogin.account.extra_data = {}
    sociallogin.email_addresses = []
    sociallogin.state = _state(request, provider, verified.in_response_to)
    request.verified_assertion = verified  # type: ignore[attr-defined]
    answer: HttpResponse = complete_social_login(request, sociallogin)
    if request.user.is_authenticated:
        request.session.set_expiry(_session_end(verified))
        problems = sent_groups(verified).problems
        record_sign_in(request.user, origin=request_origin(request), method="saml", **problems)
    return answer


def _state(request: HttpRequest, provider: Any, in_response_to: str | None) -> dict[str, Any]:
    """What was kept with the AuthnRequest. It is removed from the session, so each request is answered once."""
    if in_response_to is None:
        return {"process": "login", "next": resolve_url(settings.LOGIN_REDIRECT_URL)}
    try:
        state: dict[str, Any] = provider.unstash_redirect_state(request, in_response_to)
    except PermissionDenied as error:
        raise AssertionRefused("in_response_to", f"this browser did not ask with {in_response_to}") from error
    # allauth knows other processes, such as connecting accounts; the address of the login page may name one.
    return state | {"process": "login"}


def _session_end(verified: VerifiedAssertion) -> datetime:
    """After SESSION_HOURS, or when the identity provider's own session ends if that is sooner."""
    end = timezone.now() + timedelta(hours=settings.SESSION_HOURS)
    return min(end, verified.session_until.astimezone(UTC)) if verified.session_until else end


@login_not_required
@require_safe
def sls(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Single logout by HTTP-Redirect. Only signed messages count, and they lead only to us or to their sender."""
    _check_organization(organization_slug)
    if rates.is_over("saml-sls", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    try:
        return redirect(logout.process(request))
    except (AssertionRefused, metadata.MetadataError) as refused:
        detail = str(refused)
        return sign_in_failed(request, reason="logout_message", detail=detail)


@login_not_required
@require_safe
def sp_metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The service provider's metadata, for the identity provider's administrator."""
    _check_organization(organization_slug)
    if rates.is_over("saml-metadata", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    answer: HttpResponse = allauth_views.metadata(request, organization_slug=organization_slug)
    return answer


def _check_organization(organization_slug: str) -> None:
    if organization_slug != settings.SAML_ORGANIZATION:
        raise Http404
