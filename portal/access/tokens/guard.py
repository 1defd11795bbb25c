"""The first line of every view of the API: a token, never a cookie."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponseBase

from portal import rates
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin, origin_of
from portal.access.tokens import problems, queries, services
from portal.access.tokens.models import ApiToken
from portal.access.tokens.problems import ApiError

PER_MINUTE_TOKEN: Final = 120
# Several scripts may share an address. Whoever has no token is counted here alone.
PER_MINUTE_ADDRESS: Final = 600
SCHEME: Final = "bearer"

P = ParamSpec("P")


class ApiRequest(HttpRequest):
    """A request with a token that was accepted. ``user`` isn't its owner: sessions play no part in the API."""

    token: ApiToken
    reference: str


def for_token(
    permission: Permission | None,
) -> Callable[
    [Callable[Concatenate[ApiRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Only with a token that has ``permission``, whose owner still holds it; None: any token that may be used.

    What is refused, here or by ``raise Refused`` in the view, is answered as a problem in JSON.
    """

    def decorate(
        view: Callable[Concatenate[ApiRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                request.token = _accepted(request, permission)  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)  # type: ignore[arg-type]
            except ApiError as refused:
                return problems.answer(request, refused)

        # It asks for itself who it is; and without a cookie there is nothing that another site could forge.
        guarded.login_required = False  # type: ignore[attr-defined]
        guarded.csrf_exempt = True  # type: ignore[attr-defined]
        guarded.for_token = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def _accepted(request: HttpRequest, permission: Permission | None) -> ApiToken:
    origin: RequestOrigin = origin_of(request)
    if rates.is_over("api-address", origin.address, per_minute=PER_MINUTE_ADDRESS):
        raise _too_often()
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not secret.strip():
        raise ApiError("token-missing")
    token = queries.bearer(secret.strip())
    if rates.is_over("api-token", str(token.pk), per_minute=PER_MINUTE_TOKEN):
        raise _too_often()
    if permission is not None and permission not in token.permissions:
        raise ApiError("permission-missing", permission=permission.value)
    services.note_use(token)
    return token


def _too_often() -> ApiError:
    return ApiError("too-many-requests", headers={"Retry-After": str(rates.seconds_left())})
