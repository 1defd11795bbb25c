"""A way past most of the middleware, for what scripts and monitoring ask often.

Such a view needs no session, language, form or message, and its answer is short. It still gets the request's id,
SITE_URL and the client's address, and its answer all the headers that make browsers careful.
"""

from collections.abc import Callable
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve, reverse


class BareMiddleware:
    """Answers the views of settings.BARE_VIEWS (URL names, without arguments) instead of what comes after it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    @cached_property
    def _views(self) -> dict[str, ResolverMatch]:
        return {path: resolve(path) for path in map(reverse, settings.BARE_VIEWS)}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = self._views.get(request.path)
        if match is None:
            return self.get_response(request)
        request.resolver_match = match
        answer: HttpResponse = match.func(request)
        # As CommonMiddleware does it: without it, gunicorn sends it in chunks.
        answer.headers.setdefault("Content-Length", str(len(answer.content)))
        return answer
