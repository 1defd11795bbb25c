"""SITE_URL says where the portal is. What a Host or scheme header says changes nothing."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MONITORING = frozenset({"/healthz", "/readyz", "/metrics"})


class SiteUrlMiddleware:
    """Refuses hosts that are not in ALLOWED_HOSTS, and then makes every request one to SITE_URL.

    So absolute URLs, secure cookies, the CSRF origin check and SAML's Destination and Recipient all rest on it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A load balancer or a monitor names whatever address it finds us at.
        if request.path not in MONITORING:
            request.get_host()
        parts = urlsplit(settings.SITE_URL)
        request.META["HTTP_HOST"] = parts.netloc
        request.META["wsgi.url_scheme"] = parts.scheme
        # Anybody can send them, and libraries that build URLs may read them.
        for name in ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PORT"):
            request.META.pop(name, None)
        return self.get_response(request)
