"""Headers that Django and django-csp don't set."""

from collections.abc import Callable

from csp import middleware as csp
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware import gzip

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )
)


class CSPMiddleware(csp.CSPMiddleware):
    """django-csp's own, but the policy is put together once instead of twice a request: no view changes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self._policy = build_policy()

    def process_request(self, request: HttpRequest) -> None:
        """Nothing inline is allowed, so nobody needs a nonce."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


class GZipMiddleware(gzip.GZipMiddleware):
    """Django's own, but not for what is streamed: an export would be as slow as the compression."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if response.streaming else super().process_response(request, response)


class HeadersMiddleware:
    """No browser features that we don't use; nothing kept in a cache unless a view or WhiteNoise says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response
