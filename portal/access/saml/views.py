"""The SAML URLs: allauth's own for the way out, ours for what comes back."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.saml import views as allauth_views
from allauth.socialaccount.providers.saml.utils import build_auth
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from portal import rates
from portal.access.languages import remember_language
from portal.access.models import User
from portal.access.names import is_same_account
from portal.access.requests import request_origin
from portal.access.saml import logout, metadata, pending, response, sent_requests, used
from portal.access.saml.assertion import VerifiedAssertion
from portal.access.saml.document import MAX_BYTES
from portal.access.saml.groups import sent_groups
from portal.access.saml.refusal import AssertionRefused
from portal.access.sign_in.marker import set_marker
from portal.access.sign_in.pages import nothing_to_finish, sign_in_failed, sign_out_failed, too_many_requests
from portal.access.sign_in.redirects import safe_url
from portal.access.sign_in.services import record_sign_in

PER_MINUTE = 600  # an address: a whole office comes from one, and a refusal costs a millisecond
LONGEST_RELAY_STATE = 80  # bytes; SAML 2.0 Bindings 3.4.3


@login_not_required
@require_safe
def login(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Redirect to the identity provider with an AuthnRequest. A cookie remembers that this browser sent it."""
    _check_organization(organization_slug)
    if rates.is_over("saml-login", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    next_url = safe_url(request.GET.get("next", ""))
    try:
        metadata.current()
    except metadata.MetadataError as error:
        return _no_metadata(request, error, next_url=next_url)
    auth = build_auth(request, _provider(request))
    # The identity provider gives RelayState back, also with an answer that is refused before the browser is known.
    answer = redirect(auth.login(return_to=next_url if len(next_url.encode()) <= LONGEST_RELAY_STATE else ""))
    sent_requests.remember(request, answer, auth.get_last_request_id(), next_url=next_url)
    return answer


@login_not_required
# The form is on the identity provider's site and has no CSRF token of ours; the signature says who sent it.
@csrf_exempt
@require_POST
def acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The assertion consumer service: bounded, checked without cryptography, then verified, then kept."""
    _check_organization(organization_slug)
    if rates.is_over("saml-acs", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    next_url = _relay_state(request)
    acs_url = request.build_absolute_uri(reverse("saml_acs", args=[organization_slug]))
    try:
        verified = response.verify(_saml_response(request), acs_url=acs_url)
    except AssertionRefused as refused:
        return sign_in_failed(request, reason=refused.reason, detail=refused.detail, next_url=next_url)
    except metadata.MetadataError as error:
        return _no_metadata(request, error, next_url=next_url)
    finish_url = reverse("saml_finish_acs", args=[organization_slug])
    return pending.keep(verified, finish_url=finish_url, next_url=next_url)


def _relay_state(request: HttpRequest) -> str:
    """The page of ours that RelayState names, or empty. Anybody can write it: it leads nowhere else."""
    try:
        return "" if _is_too_large(request) else safe_url(request.POST.get("RelayState", ""))
    except (RequestDataTooBig, TooManyFieldsSent):
        return ""


def _no_metadata(request: HttpRequest, error: metadata.MetadataError, *, next_url: str) -> HttpResponse:
    return sign_in_failed(
        request,
        reason="no_metadata",
        detail=str(error),
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        next_url=next_url,
    )


def _saml_response(request: HttpRequest) -> str:
    if _is_too_large(request):
        raise AssertionRefused("too_large", request.META["CONTENT_LENGTH"])
    try:
        values = request.POST.getlist("SAMLResponse")
    except (RequestDataTooBig, TooManyFieldsSent) as error:
        raise AssertionRefused("too_large", str(error)) from error
    if len(values) != 1:
        raise AssertionRefused("not_one_saml_response", str(len(values)))
    return values[0]


def _is_too_large(request: HttpRequest) -> bool:
    # Base64 takes a third more, and the form's escapes of "+", "/" and "=" some more on top.
    return int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES * 2


@login_not_required
@require_GET
def finish_acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Sign the person in, if this browser sent the AuthnRequest that the assertion answers."""
    _check_organization(organization_slug)
    if rates.is_over("saml-finish", request_origin(request).address, per_minute=PER_MINUTE):
        return too_many_requests(request)
    next_url = safe_url(request.GET.get("next", ""))
    verified = pending.pop(request)
    if verified is None:
        if request.user.is_authenticated:
            # The page was loaded again after it had signed the person in.
            return redirect(next_url or settings.LOGIN_REDIRECT_URL)
        if not pending.has_key(request):
            return nothing_to_finish(request, next_url=next_url)
        return sign_in_failed(request, reason="nothing_to_finish", next_url=next_url)
    try:
        return _finish(request, verified, next_url=next_url)
    except AssertionRefused as refused:
        return sign_in_failed(
            request,
            reason=refused.reason,
            detail=refused.detail,
            next_url=next_url,
            without_cookies=not sent_requests.has_any(request),
        )


def _finish(request: HttpRequest, verified: VerifiedAssertion, *, next_url: str) -> HttpResponse:
    """Sign in, or go on: a person who pressed Back, or twice, is signed in already. Raises AssertionRefused."""
    try:
        wanted = _use_up(request, verified)
    except AssertionRefused:
        if isinstance(request.user, User) and is_same_account(request.user.username, verified.name_id):
            return redirect(next_url or settings.LOGIN_REDIRECT_URL)
        raise
    answer = _sign_in(request, verified, next_url=wanted or resolve_url(settings.LOGIN_REDIRECT_URL))
    if verified.in_response_to is not None:
        sent_requests.forget(answer, verified.in_response_to)
    return answer


def _use_up(request: HttpRequest, verified: VerifiedAssertion) -> str:
    """Where the person wanted to go, may be empty. Raises AssertionRefused unless this browser asked, and once."""
    wanted = _wanted(request, verified)
    try:
        used.use_up(verified)
    except AssertionRefused:
        # The cookie of the request goes with the page that signs in. A browser that has it still never got that page:
        # somebody clicked again before it was there.
        if verified.in_response_to is None or not used.is_just_answered(verified.in_response_to):
            raise
    return wanted


def _wanted(request: HttpRequest, verified: VerifiedAssertion) -> str:
    if verified.in_response_to is None:  # unsolicited, where that is allowed
        return ""
    wanted = sent_requests.find(request, verified.in_response_to)
    if wanted is None and used.is_used(verified):
        raise AssertionRefused("replay", verified.id)
    if wanted is None:
        raise AssertionRefused("in_response_to", f"this browser did not ask with {verified.in_response_to}")
    return wanted


def _sign_in(request: HttpRequest, verified: VerifiedAssertion, *, next_url: str) -> HttpResponse:
    sociallogin = _provider(request).sociallogin_from_response(request, verified)
    # Users hold what we need of the attributes; allauth's own copies would only go stale.
    sociallogin.account.extra_data = {}
    sociallogin.email_addresses = []
    sociallogin.state = {"process": "login", "next": next_url}
    request.verified_assertion = verified  # type: ignore[attr-defined]
    answer: HttpResponse = complete_social_login(request, sociallogin)
    if request.user.is_authenticated:
        request.session.set_expiry(_session_end(verified))
        problems = sent_groups(verified).problems
        remember_language(request.user, get_language() or settings.LANGUAGE_CODE)
        record_sign_in(request.user, origin=request_origin(request), method="saml", **problems)
        set_marker(answer)
    return answer


def _provider(request: HttpRequest) -> Any:
    return get_adapter().get_provider(request, "saml", client_id=settings.SAML_ORGANIZATION)


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
        return sign_out_failed(request, detail=str(refused))


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
