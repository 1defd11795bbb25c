"""Telling, and sending what is to be told."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal.access.models import User
from portal.addresses import Address
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.notifications import channels
from vpn.notifications.models import KEY_LENGTH, Channel, Delivery, DeliveryStatus
from vpn.notifications.texts import lines, one_line

Words = str | Promise
# Between the tries; after the last one it is given up: about eight hours.
PAUSES: Final = tuple(timedelta(seconds=s) for s in (30, 120, 480, 1800, 3600, 7200, 14400))
# A try that nobody has ended by then broke off: the worker died. Longer than any channel takes.
LEASE: Final = timedelta(minutes=2)

logger = structlog.get_logger(__name__)


def tell(*, subject: Words, text: Words, url: str = "", key: str = "", language: str = "") -> list[Delivery]:
    """One message to all who are to hear of it, in the caller's transaction; it is sent after that has ended.

    ``url`` may be a path of the portal. ``language`` is that of the lazy words, by default the portal's. With a
    ``key`` the same news is told once, whoever calls how often. Without any channel nothing happens.
    """
    with override(language or settings.LANGUAGE_CODE):
        said = {"subject": one_line(str(subject)), "text": lines(str(text))}
    link = f"{settings.SITE_URL}{url}" if url.startswith("/") else url
    now = timezone.now()
    rows = [
        Delivery(
            key=key[:KEY_LENGTH], channel=channel, recipient=to, url=link[:500], next_attempt_at=now, **said
        )
        for channel, to in _recipients()
    ]
    return Delivery.objects.bulk_create(rows, ignore_conflicts=bool(key))


def _recipients() -> Iterator[tuple[Channel, str]]:
    if settings.NOTIFY_WEBHOOK_URL:
        yield Channel.WEBHOOK, ""
    for address in dict.fromkeys(settings.NOTIFY_EMAILS):
        yield Channel.EMAIL, address


def due(now: datetime) -> list[int]:
    """What is to be sent now, the oldest first."""
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING, next_attempt_at__lte=now)
    return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True)[:100])


def forget_old(now: datetime) -> int:
    """Messages that have ended and are older than LOG_RETENTION_DAYS; how many. What waits is never old."""
    old = Delivery.objects.filter(created_at__lt=now - timedelta(days=settings.LOG_RETENTION_DAYS))
    deleted, _by_model = old.exclude(status=DeliveryStatus.WAITING).delete()
    return deleted


def deliver(pk: int) -> None:
    """One try. Whoever else tries at the same moment finds it taken."""
    delivery = _claim(pk)
    if delivery is None:
        return
    try:
        channels.send(delivery)
    except channels.NotDelivered as error:
        _put_off(delivery, error)
        return
    Delivery.objects.filter(pk=pk).update(
        status=DeliveryStatus.SENT, sent_at=timezone.now(), error="", error_detail=""
    )


def _claim(pk: int) -> Delivery | None:
    """By a conditional UPDATE, which also says when to try again if nothing more is heard of this one."""
    now = timezone.now()
    taken = Delivery.objects.filter(pk=pk, status=DeliveryStatus.WAITING, next_attempt_at__lte=now)
    delivery = taken.first()
    if delivery is None:
        return None
    delivery.attempts += 1
    claimed = taken.filter(attempts=delivery.attempts - 1).update(
        attempts=delivery.attempts, next_attempt_at=now + LEASE
    )
    return delivery if claimed else None


def _put_off(delivery: Delivery, error: channels.NotDelivered) -> None:
    over = error.final or delivery.attempts > len(PAUSES)
    Delivery.objects.filter(pk=delivery.pk).update(
        error=error.id,
        error_detail=error.detail[:300],
        status=DeliveryStatus.FAILED if over else DeliveryStatus.WAITING,
        next_attempt_at=timezone.now() + (timedelta(0) if over else PAUSES[delivery.attempts - 1]),
    )
    logger.warning(
        "notification not delivered",
        delivery=delivery.pk,
        channel=delivery.channel,
        attempts=delivery.attempts,
        given_up=over,
        error=error.id,
        detail=error.detail,
    )


def send_again(pk: int, *, actor: User, address: Address | None, reference: str) -> bool:
    """A message that was given up is tried as if it were new. False: there is none to try."""
    with transaction.atomic():
        given_up = Delivery.objects.filter(pk=pk, status=DeliveryStatus.FAILED)
        changed = given_up.update(status=DeliveryStatus.WAITING, attempts=0, next_attempt_at=timezone.now())
        if changed:
            record(
                Tag.NOTIFICATION_RESENT,
                actor=actor,
                target=AuditTarget(TargetKind.DELIVERY, str(pk), f"delivery {pk}"),
                address=address,
                reference=reference,
            )
    return bool(changed)


def send_test(*, actor: User, address: Address | None, reference: str) -> list[Delivery]:
    """Proves the way; in the portal's language, as all others."""
    with transaction.atomic():
        record(Tag.NOTIFICATION_TESTED, actor=actor, address=address, reference=reference)
        return tell(
            subject=_("Test message"),
            text=_("If you can read this, Genkan can tell you about operations and findings."),
            url="/notifications/",
            key=f"test:{uuid.uuid4()}",
        )
