"""Beginning and ending a subscription."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.notifications.models import StatusSubscription
from vpn.notifications.services import is_mail_address


def can_subscribe(user: User) -> bool:
    """Whether there is a mail server, and an address to send to."""
    return bool(settings.EMAIL_HOST) and is_mail_address(user.email)


def is_subscribed(user: User) -> bool:
    return StatusSubscription.objects.filter(user=user, ended_at=None).exists()


@transaction.atomic
def subscribe(*, actor: User, origin: RequestOrigin) -> bool:
    """The actor's own address, as the identity provider gives it. False: subscribed already, or it can't be."""
    if not can_subscribe(actor):
        return False
    _subscription, is_new = StatusSubscription.objects.get_or_create(user=actor, ended_at=None)
    if is_new:
        _record(Tag.STATUS_SUBSCRIBED, actor, origin)
    return is_new


@transaction.atomic
def unsubscribe(*, user: User, origin: RequestOrigin) -> bool:
    """By the person, or by whoever has a mail's link. False: it had ended already."""
    ended = StatusSubscription.objects.filter(user=user, ended_at=None).update(ended_at=timezone.now())
    if ended:
        _record(Tag.STATUS_UNSUBSCRIBED, user, origin)
    return bool(ended)


def _record(tag: Tag, user: User, origin: RequestOrigin) -> None:
    record(
        tag,
        actor=user,
        target=targets.person(user.username),
        address=origin.address,
        reference=origin.reference,
    )
