"""`/api/openapi.json`, and an answer for what isn't there."""

import json
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import translation

from portal.access.tokens.guard import ApiRequest, for_token
from portal.access.tokens.problems import ApiError
from vpn.api.openapi import document


def openapi(patterns: Sequence[URLPattern]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A view that describes ``patterns``: the same for everybody, in English, because programs read it."""

    @for_token(None)
    def describe(request: ApiRequest) -> HttpResponseBase:
        with translation.override("en"):
            found = document(
                patterns, prefix=reverse("api_root"), server=settings.SITE_URL, version=settings.VERSION
            )
            return HttpResponse(json.dumps(found, indent=1) + "\n", content_type="application/json")

    return describe


@for_token(None)
def nothing_here(request: ApiRequest, rest: str = "") -> HttpResponseBase:
    raise ApiError("not-found")
