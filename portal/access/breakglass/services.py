"""Making and using a break-glass link."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

import structlog
from django.db import transaction
from django.utils import timezone

from portal.access.breakglass.models import BreakGlassLink
from portal.access.models import User
from portal.access.permissions import Role
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag

LINK_LIFETIME: Final = timedelta(minutes=10)
SESSION_LIFETIME: Final = timedelta(hours=1)
LINKS_PER_HOUR: Final = 3
SHORTEST_REASON: Final = 10

logger = structlog.get_logger(__name__)


class BreakGlassError(Exception):
    """Why there is no link, in a sentence for whoever asked."""


def create(*, username: str, reason: str) -> str:
    """The token of a link that signs in the admin ``username`` once, within ten minutes."""
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise BreakGlassError(
            f"Give a reason of at least {SHORTEST_REASON} characters: it goes to the audit record."
        )
    with transaction.atomic():
        user = User.objects.named(username).select_for_update().filter(is_active=True).first()
        if user is None or Role.ADMIN not in user.roles:
            raise BreakGlassError(f"{username} was no administrator at the last sign-in. Known: {_admins()}.")
        now = timezone.now()
        if BreakGlassLink.objects.filter(created_at__gt=now - timedelta(hours=1)).count() >= LINKS_PER_HOUR:
            raise BreakGlassError(
                f"{LINKS_PER_HOUR} links were made in the last hour. Wait, or use one of them."
            )
        token = secrets.token_urlsafe(32)
        BreakGlassLink.objects.create(
            token_hash=_hash(token), user=user, reason=reason, created_at=now, expires_at=now + LINK_LIFETIME
        )
        record(Tag.BREAKGLASS_CREATED, target=targets.person(user.username), details={"reason": reason})
    logger.critical("break-glass link made", username=user.username, reason=reason)
    return token


def find(token: str) -> BreakGlassLink | None:
    """The link of a token that could still be used."""
    now = timezone.now()
    return (
        BreakGlassLink.objects.select_related("user")
        .filter(token_hash=_hash(token), used_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )


def use(token: str, *, origin: RequestOrigin) -> User | None:
    """Mark the link as used. None if it was used before, has expired, or never existed."""
    link = find(token)
    if link is None:
        return None
    with transaction.atomic():
        # The condition is part of the UPDATE, so only one of two simultaneous requests changes a row.
        if not BreakGlassLink.objects.filter(pk=link.pk, used_at=None).update(used_at=timezone.now()):
            return None
        record(
            Tag.BREAKGLASS_USED,
            actor=link.user,
            target=targets.person(link.user.username),
            address=origin.address,
            reference=origin.reference,
            details={"reason": link.reason},
        )
    logger.critical("break-glass link used", username=link.user.username, reason=link.reason)
    return link.user


def recently_used() -> list[BreakGlassLink]:
    """Links used in the last 24 hours, newest first. The home page shows them to administrators."""
    since = timezone.now() - timedelta(hours=24)
    return list(BreakGlassLink.objects.select_related("user").filter(used_at__gt=since).order_by("-used_at"))


def _admins() -> str:
    return (
        ", ".join(User.objects.filter(roles__contains=[Role.ADMIN]).values_list("username", flat=True))
        or "nobody"
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
