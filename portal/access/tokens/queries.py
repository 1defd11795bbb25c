"""Which tokens there are, and whom a token speaks for."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.tokens.models import ApiToken
from portal.access.tokens.problems import ApiError


def digest(secret: str) -> str:
    """A fast hash will do: there is nothing to guess about 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def valid_token(secret: str) -> ApiToken:
    """The token with this secret, if it may be used now. Raises ApiError with the reason why not.

    The token is looked up by its hash, so the time that takes tells nothing about other tokens.
    """
    token = ApiToken.objects.select_related("owner").filter(token_hash=digest(secret)).first()
    if token is None:
        raise ApiError("token-unknown")
    now = timezone.now()
    if token.revoked_at is not None:
        raise ApiError("token-revoked")
    if token.expires_at <= now:
        raise ApiError("token-expired")
    if not token.owner.is_active or not token.owner.permissions:
        raise ApiError("owner-without-access")
    if is_absent(token.owner):
        raise ApiError("owner-absent")
    return token


def is_absent(owner: User) -> bool:
    """Roles are those of the last sign-in: of somebody who stays away nobody knows whether they still hold."""
    allowed = timedelta(days=settings.API_TOKEN_SIGN_IN_DAYS)
    return owner.last_login is None or owner.last_login < timezone.now() - allowed


def listed_for(user: User) -> list[ApiToken]:
    """One's own tokens; everybody's for whoever may revoke them. Usable ones first, newest first."""
    tokens = ApiToken.objects.select_related("owner")
    if not user.may(Permission.TOKEN_REVOKE_ANY):
        tokens = tokens.filter(owner=user)
    return sorted(tokens, key=lambda token: not is_usable(token))


def is_usable(token: ApiToken) -> bool:
    return token.revoked_at is None and token.expires_at > timezone.now()


def revocable(user: User, pk: int) -> ApiToken | None:
    """A token of theirs, or anybody's for whoever may revoke those; None: no such token for this person."""
    return next((token for token in listed_for(user) if token.pk == pk), None)
