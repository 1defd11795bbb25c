"""Errors of the API: problem details (RFC 9457).

``id`` never changes: scripts compare it. ``title`` is for people, in the language of Accept-Language.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEDIA_TYPE: Final = "application/problem+json"
TYPE: Final = "urn:problem-type:genkan:"


@dataclass(frozen=True)
class ApiProblem:
    status: HTTPStatus
    title: Promise


PROBLEMS: Final[dict[str, ApiProblem]] = {
    "token-missing": ApiProblem(
        HTTPStatus.UNAUTHORIZED, _("Send an API token in the header: Authorization: Bearer gk_…")
    ),
    "token-unknown": ApiProblem(HTTPStatus.UNAUTHORIZED, _("There is no such API token.")),
    "token-revoked": ApiProblem(HTTPStatus.UNAUTHORIZED, _("This API token has been revoked.")),
    "token-expired": ApiProblem(HTTPStatus.UNAUTHORIZED, _("This API token has expired. Make a new one.")),
    "owner-without-access": ApiProblem(
        HTTPStatus.UNAUTHORIZED, _("The person who made this API token may not use the portal any more.")
    ),
    "owner-absent": ApiProblem(
        HTTPStatus.UNAUTHORIZED,
        _("The person who made this API token must sign in to the portal again before it can be used."),
    ),
    "permission-missing": ApiProblem(
        HTTPStatus.FORBIDDEN, _("This API token, or the person who made it, may not do this.")
    ),
    "query-invalid": ApiProblem(HTTPStatus.BAD_REQUEST, _("Some parameters can't be understood.")),
    "body-invalid": ApiProblem(HTTPStatus.BAD_REQUEST, _("The body can't be understood.")),
    "parameters-invalid": ApiProblem(
        HTTPStatus.BAD_REQUEST, _("Some parameters of the operation are wrong.")
    ),
    "operation-refused": ApiProblem(
        HTTPStatus.CONFLICT, _("The operation was not taken, and nothing was written.")
    ),
    "cursor-invalid": ApiProblem(
        HTTPStatus.BAD_REQUEST, _("This cursor belongs to another query. Follow the next link as it is.")
    ),
    "not-found": ApiProblem(HTTPStatus.NOT_FOUND, _("There is nothing here.")),
    "method-not-allowed": ApiProblem(HTTPStatus.METHOD_NOT_ALLOWED, _("This method is not allowed here.")),
    "too-many-requests": ApiProblem(
        HTTPStatus.TOO_MANY_REQUESTS, _("Too many requests. Wait as long as Retry-After says.")
    ),
    "busy": ApiProblem(
        HTTPStatus.SERVICE_UNAVAILABLE, _("As much of this is under way as runs at once. Try again later.")
    ),
    "took-too-long": ApiProblem(
        HTTPStatus.SERVICE_UNAVAILABLE, _("This took too long and was stopped. Ask for a shorter range.")
    ),
    "server-error": ApiProblem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("Something went wrong. If it continues, give the helpdesk the reference number."),
    ),
}


class ApiError(Exception):
    """Raised by a view of the API or its guard; the response is the problem. ``more``: further members of it."""

    def __init__(self, problem_id: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(problem_id)
        self.problem_id = problem_id
        self.headers = dict(headers or {})
        self.more = more


def problem_response(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The response for ``error``, with ``reference``, by which the helpdesk finds the request in the log."""
    problem = PROBLEMS[error.problem_id]
    members = {
        "type": TYPE + error.problem_id,
        "title": str(problem.title),
        "status": problem.status.value,
        "id": error.problem_id,
        "reference": getattr(request, "reference", ""),
        **error.more,
    }
    headers = dict(error.headers)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        # RFC 6750: no error code for a request without any authentication
        code = "" if error.problem_id == "token-missing" else ', error="invalid_token"'
        headers["WWW-Authenticate"] = f'Bearer realm="genkan"{code}'
    return HttpResponse(
        json.dumps(members, ensure_ascii=False) + "\n",
        status=problem.status,
        content_type=MEDIA_TYPE,
        headers=headers,
    )
