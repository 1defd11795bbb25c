"""Who may read the list, and how often."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest

from portal.access.permissions import Permission
from portal.access.requests import request_origin
from portal.access.tokens.guard import TokenAuth
from portal.access.tokens.problems import ApiError
from portal.rates import is_over, seconds_left

PER_MINUTE: Final = 60


def require_reader(request: HttpRequest) -> None:
    """Everybody; with ALLOWLIST_PUBLIC=false whoever has a session or a token that may read the fixed addresses.

    Raises ApiError: too-many-requests, and what TokenAuth raises.
    """
    if is_over("allowlist", request_origin(request).address, per_minute=PER_MINUTE):
        raise ApiError("too-many-requests", headers={"Retry-After": str(seconds_left())})
    if settings.ALLOWLIST_PUBLIC:
        return
    user = request.user
    if user.is_authenticated and user.may(Permission.EGRESS_READ):
        return
    TokenAuth(Permission.EGRESS_READ)(request)
