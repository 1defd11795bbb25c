"""Error pages that Django would render without the person's language and the reference number."""

import sys
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse

from portal.access.tokens import problems
from portal.contact import helpdesk_contact

# Django raises these before a view is called. The API answers with the problem of that id.
PROBLEM_IDS: Final[dict[type[Exception], str]] = {
    RequestDataTooBig: "body-invalid",
    TooManyFieldsSent: "query-invalid",
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    problem = PROBLEM_IDS.get(type(exception))
    if problem and request.path.startswith("/api/"):
        return problems.problem_response(request, problems.ApiError(problem, detail=str(exception)))
    return render(request, "400.html", _context(request), status=HTTPStatus.BAD_REQUEST)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Without ``reason``, which Django has logged: it tells people nothing. Django's own page has no number to give."""
    return render(request, "403_csrf.html", _context(request), status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs nothing but the template: context processors may be what failed.

    503 if the database didn't answer: Django calls this while it handles the exception.
    """
    if request.path.startswith("/api/"):
        return problems.problem_response(request, problems.ApiError("server-error"))
    context = _context(request)
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        unavailable = SimpleTemplateResponse("503.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
        unavailable["Retry-After"] = "60"
        return unavailable.render()
    return SimpleTemplateResponse("500.html", context, status=HTTPStatus.INTERNAL_SERVER_ERROR).render()


def _context(request: HttpRequest) -> dict[str, Any]:
    """What portal/plain.html shows in both languages."""
    return {
        "reference": getattr(request, "reference", ""),
        "helpdesk_ja": helpdesk_contact("ja"),
        "helpdesk_en": helpdesk_contact("en"),
    }
