"""The pages of people who are not let in: what to do, and a number for the helpdesk; never the reason."""

from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from portal.access.requests import request_origin
from portal.access.sign_in import services
from portal.access.sign_in.advice import advice_for


def sign_in_failed(
    request: HttpRequest,
    *,
    reason: str,
    detail: str = "",
    status: int = HTTPStatus.FORBIDDEN,
    next_url: str = "",
    without_cookies: bool = False,
) -> HttpResponse:
    """Record ``reason``, a stable id, and ``detail``. The page says only what to do.

    ``next_url``: where the person wanted to go, and still does when they sign in again. ``without_cookies``: the
    browser sent none of the cookies that a sign-in sets.
    """
    services.record_refusal(origin=request_origin(request), reason=reason, detail=detail)
    advice = advice_for(reason, without_cookies=without_cookies)
    return _failed(request, advice=advice, status=status, next_url=next_url)


def sign_out_failed(request: HttpRequest, *, detail: str) -> HttpResponse:
    """A logout message of the identity provider that doesn't count: who was signed in here still is."""
    services.record_refusal(reason="logout_message", origin=request_origin(request), detail=detail)
    context = {"reference": request_origin(request).reference}
    return render(request, "portal/access/sign_out_failed.html", context, status=HTTPStatus.FORBIDDEN)


def nothing_to_finish(request: HttpRequest, *, next_url: str) -> HttpResponse:
    """The page of a failed sign-in where none was under way, as far as cookies tell. That is only logged."""
    services.log_refusal(reason="nothing_to_finish")
    advice = advice_for("nothing_to_finish", without_cookies=True)
    return _failed(request, advice=advice, status=HTTPStatus.FORBIDDEN, next_url=next_url)


def _failed(request: HttpRequest, *, advice: Iterable[Promise], status: int, next_url: str) -> HttpResponse:
    context = {"advice": advice, "next": next_url, "reference": request_origin(request).reference}
    return render(request, "portal/access/sign_in_failed.html", context, status=status)


def no_entry(request: HttpRequest, *, account: str, next_url: str) -> HttpResponse:
    """Signed in at the company, but in no group that may use the portal."""
    context = {"account": account, "next": next_url, "reference": request_origin(request).reference}
    return render(request, "portal/access/no_entry.html", context, status=HTTPStatus.FORBIDDEN)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", {"reference": request_origin(request).reference}, status=429)
