"""Where somebody may be sent after signing in."""

from django.conf import settings
from django.utils.http import url_has_allowed_host_and_scheme


def is_safe_url(url: str) -> bool:
    """Whether somebody may be sent there: a page of ours, and of no other host that leads to us."""
    # A path or an address in full: Django's redirect() takes any other text for the name of a URL.
    return url.startswith(("/", f"{settings.SITE_URL}/")) and url_has_allowed_host_and_scheme(
        url, allowed_hosts={settings.SITE_NETLOC}, require_https=settings.HTTPS
    )


def safe_url(url: str) -> str:
    """The URL if somebody may be sent there, or else an empty text."""
    return url if is_safe_url(url) else ""
