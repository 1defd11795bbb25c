"""A signed cookie of a browser that somebody has signed in with, and not out again.

It says nothing of who that was. The session's own cookie proves nothing: anybody can send one, and a real one is gone
from the browser as soon as the session has expired.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

NAME: Final = "__Host-was-signed-in" if settings.HTTPS else "was-signed-in"
SALT: Final = "portal.access.sign_in.marker"
# Whoever comes back the next morning is told; on Monday nobody wonders why the sign-in of Friday is over.
MAX_AGE: Final = timedelta(hours=settings.SESSION_HOURS + 24)


def set_marker(response: HttpResponse) -> None:
    """On the response that signs somebody in."""
    response.set_signed_cookie(
        NAME, "1", salt=SALT, max_age=MAX_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def delete_marker(response: HttpResponse) -> None:
    """On the response that signs somebody out who asked for it: that isn't news to them."""
    response.delete_cookie(NAME, samesite="Lax")
    # A browser ignores a __Host- cookie without it, also one that is to be deleted.
    response.cookies[NAME]["secure"] = settings.HTTPS


def has_marker(request: HttpRequest) -> bool:
    return request.get_signed_cookie(NAME, default=None, salt=SALT, max_age=MAX_AGE) is not None
