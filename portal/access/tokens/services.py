"""Making, using and revoking API tokens."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.access.tokens.models import ApiToken
from portal.access.tokens.queries import digest
from portal.access.tokens.scopes import grantable
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind

# A prefix of our own lets scanners of repositories and chats recognize a leaked token.
PREFIX: Final = "gk_"
LONGEST_DAYS: Final = 365
MOST_TOKENS: Final = 20
# A token that is used every second doesn't have to be written every second.
LAST_USED_GRAIN: Final = timedelta(hours=1)

logger = structlog.get_logger(__name__)


class TooManyTokens(Exception):
    """This person has MOST_TOKENS tokens that work."""


def create(
    *, actor: User, name: str, scopes: list[Permission], expires_at: datetime, origin: RequestOrigin
) -> tuple[ApiToken, str]:
    """The token's row, and the token, which nobody can be shown again. Raises TooManyTokens.

    Scopes that ``actor`` may not give, or an expiry too far off, are a mistake of the caller: ValueError.
    """
    now = timezone.now()
    if not scopes or not grantable(actor.permissions).keys() >= set(scopes):
        raise ValueError("scopes must be some that the actor may give")
    if not now < expires_at <= now + timedelta(days=LONGEST_DAYS + 1):
        raise ValueError(f"a token lasts at most {LONGEST_DAYS} days")
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        # Two requests at the same time would each count the tokens without the other's.
        owner = User.objects.select_for_update().get(pk=actor.pk)
        if owner.api_tokens.filter(revoked_at=None, expires_at__gt=now).count() >= MOST_TOKENS:
            raise TooManyTokens
        token = ApiToken.objects.create(
            owner=owner,
            name=name,
            token_hash=digest(secret),
            hint=secret[-4:],
            scopes=[scope.value for scope in scopes],
            created_at=now,
            expires_at=expires_at,
        )
        details = {"scopes": token.scopes, "expires_at": expires_at.isoformat(), "hint": token.hint}
        _record(Tag.TOKEN_CREATED, token, actor=actor, origin=origin, details=details)
    return token, secret


def revoke(token: ApiToken, *, actor: User, origin: RequestOrigin) -> None:
    """Revoke the token at once. Revoking it a second time changes and records nothing."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            details = {"owner": token.owner.username, "hint": token.hint}
            _record(Tag.TOKEN_REVOKED, token, actor=actor, origin=origin, details=details)


def note_use(token: ApiToken) -> None:
    """Write ``last_used_at``, at most once in LAST_USED_GRAIN."""
    now = timezone.now()
    unused = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_GRAIN)
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_GRAIN:
        # Once more in the query: another process may have written it since this row was read.
        ApiToken.objects.filter(unused, pk=token.pk).update(last_used_at=now)


def _record(
    tag: Tag, token: ApiToken, *, actor: User, origin: RequestOrigin, details: dict[str, Any]
) -> None:
    record(
        tag,
        actor=actor,
        target=AuditTarget(TargetKind.TOKEN, str(token.pk), token.name),
        address=origin.address,
        reference=origin.reference,
        details=details,
    )
    logger.info(tag.value, username=actor.username, token=token.name, hint=token.hint)
