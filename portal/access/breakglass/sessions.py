"""Which sessions began with a break-glass link."""

from typing import Final

from django.http import HttpRequest

from portal.access.breakglass.services import SESSION_LIFETIME

_KEY: Final = "breakglass"


def begin(request: HttpRequest) -> None:
    """Right after login(). Signing in at the identity provider later makes another session, without this."""
    request.session[_KEY] = True
    request.session.set_expiry(SESSION_LIFETIME)


def is_breakglass(request: HttpRequest) -> bool:
    """Whether nobody has checked who this is: what outlives the session must not be made in it."""
    return bool(request.session.get(_KEY))
