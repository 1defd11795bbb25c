"""Who may call the API: whoever sends an API token as a Bearer token (RFC 6750). A session's cookie plays no part."""

from typing import Final

from django.http import HttpRequest
from ninja.security import HttpBearer

from portal import rates
from portal.access.permissions import Permission
from portal.access.requests import request_origin
from portal.access.tokens import queries, services
from portal.access.tokens.models import ApiToken
from portal.access.tokens.problems import ApiError

PER_MINUTE_TOKEN: Final = 120
# Several scripts may share an address. Requests without a valid token are counted by this limit only.
PER_MINUTE_ADDRESS: Final = 600


class ApiRequest(HttpRequest):
    """A request with a valid token. ``user`` isn't the token's owner: the API doesn't use sessions."""

    token: ApiToken
    reference: str


class TokenAuth(HttpBearer):
    """Accepts a token that has ``permission`` and whose owner still holds it; None: any valid token.

    Sets ``request.token``. Raises ApiError: token-missing, token-unknown, token-revoked, token-expired,
    owner-without-access, owner-absent, permission-missing or too-many-requests.
    """

    openapi_description = "An API token, made at /tokens/"

    def __init__(self, permission: Permission | None = None) -> None:
        super().__init__()
        self.permission = permission

    def __call__(self, request: HttpRequest) -> ApiToken:
        # Ninja's throttles run after authentication. Guessing tokens must count too, so addresses are counted first.
        if rates.is_over("api-address", request_origin(request).address, per_minute=PER_MINUTE_ADDRESS):
            raise _too_many_requests()
        scheme, _, secret = request.headers.get(self.header, "").partition(" ")
        if scheme.lower() != self.openapi_scheme or not secret.strip():
            raise ApiError("token-missing")
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        accepted = queries.valid_token(token)
        # Before the permission: requests that are refused for it are limited too.
        if rates.is_over("api-token", str(accepted.pk), per_minute=PER_MINUTE_TOKEN):
            raise _too_many_requests()
        if self.permission is not None and self.permission not in accepted.permissions:
            raise ApiError("permission-missing", permission=self.permission.value)
        services.note_use(accepted)
        request.token = accepted  # type: ignore[attr-defined]
        return accepted


def _too_many_requests() -> ApiError:
    return ApiError("too-many-requests", headers={"Retry-After": str(rates.seconds_left())})
