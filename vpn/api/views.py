"""What ninja's views need around them; `/api/openapi.json` and `/api/docs/`; the response for what doesn't exist."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.tokens.guard import TokenAuth
from portal.access.tokens.problems import ApiError, problem_response
from vpn.api.openapi import OpenAPIDocument
from vpn.api.portal_api import PortalAPI

P = ParamSpec("P")
ApiView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def for_scripts(view: ApiView[P]) -> ApiView[P]:
    """Errors become problems; and a method that isn't allowed is told to those who have a token only.

    Ninja looks at the method before it authenticates, and answers in plain text.
    """

    # A token is sent on purpose, never by a browser itself: there is nothing that another site could forge.
    @csrf_exempt
    @login_not_required
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponseNotAllowed):
                TokenAuth()(request)
                allowed = ", ".join(sorted(response["Allow"].split(", ")))
                raise ApiError("method-not-allowed", headers={"Allow": allowed})
        except ApiError as error:
            return problem_response(request, error)
        return response

    return wrapped


def openapi(api: PortalAPI) -> ApiView[[]]:
    """A view that answers with the OpenAPI document of ``api``, for any valid token."""

    @for_scripts
    def openapi_json(request: HttpRequest) -> HttpResponseBase:
        TokenAuth()(request)
        text = json.dumps(_document(api), indent=1)
        return HttpResponse(text + "\n", content_type="application/json")

    return openapi_json


def docs(api: PortalAPI) -> ApiView[[]]:
    """A view that shows the document as a page, on which requests can be tried with a token that is pasted there."""

    @require_safe
    @requires(Permission.TOKEN_MANAGE)
    def docs_page(request: HttpRequest) -> HttpResponse:
        parents = [{"label": _("API tokens"), "url": reverse("tokens")}]
        return render(request, "vpn/api/docs.html", {"document": _document(api), "parents": parents})

    return docs_page


def _document(api: PortalAPI) -> OpenAPIDocument:
    """In English for everybody: programs read it."""
    with translation.override("en"):
        return api.get_openapi_schema(path_prefix=reverse("api_root"))


@for_scripts
def not_found(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    TokenAuth()(request)
    raise ApiError("not-found")
