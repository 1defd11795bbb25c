"""Writing notifications, and delivering them: each delivery is a row, tried again until it has arrived."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
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
from vpn.notifications.models import KEY_LENGTH, Channel, Delivery, DeliveryStatus, StatusSubscription
from vpn.notifications.texts import several_lines, single_line

Text = str | Promise
# Between the attempts; after the last one, about eight hours on, the delivery has failed.
RETRY_DELAYS: Final = tuple(timedelta(seconds=s) for s in (30, 120, 480, 1800, 3600, 7200, 14400))
# An attempt without an end by then broke off, because the worker died. Longer than any channel takes.
LEASE: Final = timedelta(minutes=2)

logger = structlog.get_logger(__name__)


def notify(*, subject: Text, text: Text, url: str = "", key: str = "", language: str = "") -> list[Delivery]:
    """One message to every recipient in the settings, in the caller's transaction; it is sent after that has ended.

    ``url`` may be a path of the portal. ``language`` is that of lazy texts, by default the portal's. Of several calls
    with the same ``key`` only the first sends anything. Without any channel nothing happens.
    """
    with override(language or settings.LANGUAGE_CODE):
        content = {"subject": single_line(str(subject)), "text": several_lines(str(text))}
    link = f"{settings.SITE_URL}{url}" if url.startswith("/") else url
    now = timezone.now()
    rows = [
        Delivery(
            key=key[:KEY_LENGTH],
            channel=channel,
            recipient=recipient,
            url=link[:500],
            next_attempt_at=now,
            **content,
        )
        for channel, recipient in _recipients()
    ]
    # Of two processes with the same key, the unique constraint lets one write; the other's rows are dropped.
    return Delivery.objects.bulk_create(rows, ignore_conflicts=bool(key))


def notify_person(*, address: str, subject: Text, text: Text, url: str, key: str, language: str = "") -> bool:
    """One e-mail to one person, in the caller's transaction. False: this message was sent already, or there is no mail.

    ``url`` is a path of the portal; ``language`` the person's, empty: the portal's. ``address`` comes from the person's
    account, the directory, or what an administrator has entered of a partner; never from a form of the person's own.
    """
    # It comes from the identity provider or the directory, and becomes a header.
    if not settings.EMAIL_HOST or not is_mail_address(address):
        return False
    with override(language or settings.LANGUAGE_CODE):
        content = {"subject": single_line(str(subject)), "text": several_lines(str(text))}
    _delivery, is_new = Delivery.objects.get_or_create(
        key=key[:KEY_LENGTH],
        channel=Channel.EMAIL,
        recipient=address,
        defaults={
            **content,
            "url": f"{settings.SITE_URL}{url}"[:500],
            "personal": True,
            "next_attempt_at": timezone.now(),
        },
    )
    return is_new


def notify_subscribers(
    subscriptions: Iterable[StatusSubscription], *, subject: Text, text: Text, url: str, key: str
) -> None:
    """One e-mail to each of them in their language, in the caller's transaction; once for each ``key``.

    ``url`` is a path of the portal.
    """
    now = timezone.now()
    if not settings.EMAIL_HOST:
        return
    rows = []
    for subscription in subscriptions:
        if not is_mail_address(subscription.user.email):
            continue
        with override(subscription.user.language or settings.LANGUAGE_CODE):
            content = {"subject": single_line(str(subject)), "text": several_lines(str(text))}
        rows.append(
            Delivery(
                key=key[:KEY_LENGTH],
                channel=Channel.EMAIL,
                recipient=subscription.user.email,
                personal=True,
                subscription=subscription,
                url=f"{settings.SITE_URL}{url}"[:500],
                next_attempt_at=now,
                **content,
            )
        )
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def is_mail_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _recipients() -> Iterator[tuple[Channel, str]]:
    if settings.NOTIFY_WEBHOOK_URL:
        yield Channel.WEBHOOK, ""
    for address in dict.fromkeys(settings.NOTIFY_EMAILS):
        yield Channel.EMAIL, address


def due_deliveries(now: datetime) -> list[int]:
    """Keys of at most 100 deliveries that are to be sent now, the oldest first."""
    # The schedule asks every ten seconds: after an outage the rest follows, and the queue isn't flooded.
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING, next_attempt_at__lte=now)
    return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True)[:100])


def delete_old(now: datetime) -> int:
    """Delete deliveries older than LOG_RETENTION_DAYS, unless they still wait; return how many."""
    old = Delivery.objects.filter(created_at__lt=now - timedelta(days=settings.LOG_RETENTION_DAYS))
    deleted, _by_model = old.exclude(status=DeliveryStatus.WAITING).delete()
    return deleted


def deliver(pk: int) -> None:
    """Make one attempt, unless another worker makes it at this moment."""
    delivery = _claim(pk)
    if delivery is None:
        return
    try:
        channels.send(delivery)
    except channels.NotDelivered as error:
        _record_failure(delivery, error)
        return
    Delivery.objects.filter(pk=pk).update(
        status=DeliveryStatus.SENT, sent_at=timezone.now(), error="", error_detail=""
    )


def _claim(pk: int) -> Delivery | None:
    """By a conditional UPDATE, which also sets when to try again should this worker die."""
    now = timezone.now()
    waiting = Delivery.objects.filter(pk=pk, status=DeliveryStatus.WAITING, next_attempt_at__lte=now)
    delivery = waiting.first()
    if delivery is None:
        return None
    delivery.attempts += 1
    claimed = waiting.filter(attempts=delivery.attempts - 1).update(
        attempts=delivery.attempts, next_attempt_at=now + LEASE
    )
    return delivery if claimed else None


def _record_failure(delivery: Delivery, error: channels.NotDelivered) -> None:
    given_up = error.final or delivery.attempts > len(RETRY_DELAYS)
    delay = timedelta(0) if given_up else RETRY_DELAYS[delivery.attempts - 1]
    Delivery.objects.filter(pk=delivery.pk).update(
        error=error.id,
        error_detail=error.detail[:300],
        status=DeliveryStatus.FAILED if given_up else DeliveryStatus.WAITING,
        next_attempt_at=timezone.now() + delay,
    )
    logger.warning(
        "notification not delivered",
        delivery=delivery.pk,
        channel=delivery.channel,
        attempts=delivery.attempts,
        given_up=given_up,
        error=error.id,
        detail=error.detail,
    )


def send_again(pk: int, *, actor: User, address: Address | None, reference: str) -> bool:
    """Try a failed delivery again as if it were new. False: there is no failed delivery with this key."""
    with transaction.atomic():
        failed = Delivery.objects.filter(pk=pk, status=DeliveryStatus.FAILED)
        changed = failed.update(status=DeliveryStatus.WAITING, attempts=0, next_attempt_at=timezone.now())
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
    """Notify everybody of nothing, so that an administrator sees whether it arrives."""
    with transaction.atomic():
        record(Tag.NOTIFICATION_TESTED, actor=actor, address=address, reference=reference)
        return notify(
            subject=_("Test message"),
            text=_("If you can read this, Genkan can tell you about operations and findings."),
            url="/notifications/",
            key=f"test:{uuid.uuid4()}",
        )
