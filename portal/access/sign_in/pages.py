"""The pages of people who are not let in: what to do, and a number for the helpdesk; never the reason."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.access.requests import request_origin
from portal.access.sign_in import services


def sign_in_failed(request: HttpRequest, *, reason: str, detail: str = "", status: int = 403) -> HttpResponse:
    """Record ``reason``, a stable id, and ``detail``. The page says only what to do."""
    services.record_refusal(origin=request_origin(request), reason=reason, detail=detail)
    return _failed(request, status=status)


def nothing_to_finish(request: HttpRequest) -> HttpResponse:
    """The page of a failed sign-in where none was under way. That is only logged."""
    services.log_refusal(reason="nothing_to_finish")
    return _failed(request, status=403)


def _failed(request: HttpRequest, *, status: int) -> HttpResponse:
    context = {"reference": request_origin(request).reference}
    return render(request, "portal/access/sign_in_failed.html", context, status=status)


def no_entry(request: HttpRequest, *, account: str) -> HttpResponse:
    """Signed in at the company, but in no group that may use the portal."""
    context = {"account": account, "reference": request_origin(request).reference}
    return render(request, "portal/access/no_entry.html", context, status=403)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", {"reference": request_origin(request).reference}, status=429)
