"""Sending a delivery: a POST to the webhook, or an e-mail. Both may take seconds, so only tasks call them."""

import json
from email.utils import formataddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext, override

from portal.outbound import OutboundError, post
from portal.text import with_label
from vpn.notifications.models import Channel, Delivery
from vpn.notifications.texts import escape_for_chat
from vpn.notifications.unsubscribing import unsubscribe_url

SECONDS: Final = 10.0
# 4xx answers after which another attempt can succeed: time-outs, and "slow down". Of the rest of 4xx none can.
RETRYABLE_STATUSES: Final = frozenset({408, 425, 429})


class NotDelivered(Exception):
    """``id`` has a text in ERROR_TEXTS; ``detail`` is without secrets. ``final``: another attempt would fail, too."""

    def __init__(self, error_id: str, detail: str = "", *, final: bool = False) -> None:
        super().__init__(error_id)
        self.id = error_id
        self.detail = detail
        self.final = final


def send(delivery: Delivery) -> None:
    """Raises NotDelivered."""
    if delivery.channel == Channel.WEBHOOK:
        _post(delivery)
    else:
        _mail(delivery)


def _post(delivery: Delivery) -> None:
    if not settings.NOTIFY_WEBHOOK_URL:
        raise NotDelivered("webhook-not-set", final=True)
    parts = [delivery.subject, delivery.text]
    text = "\n".join(
        [*(escape_for_chat(part) for part in parts if part), *([delivery.url] if delivery.url else [])]
    )
    body = json.dumps({"text": text}).encode()
    try:
        post(settings.NOTIFY_WEBHOOK_URL, body, content_type="application/json", seconds=SECONDS)
    except OutboundError as error:
        final = 400 <= error.status < 500 and error.status not in RETRYABLE_STATUSES
        if error.status:
            raise NotDelivered("webhook-answered", str(error.status), final=final) from error
        raise NotDelivered("webhook-unreachable", str(error)) from error


def _mail(delivery: Delivery) -> None:
    if not delivery.personal and delivery.recipient not in settings.NOTIFY_EMAILS:
        raise NotDelivered("mail-not-named", final=True)
    subscription = delivery.subscription
    if subscription and not subscription.is_wanted:
        raise NotDelivered("mail-unsubscribed", final=True)
    site = urlsplit(settings.SITE_URL).hostname
    footer = f"-- \n{settings.SITE_URL}"
    headers = {
        # The same at every attempt: a mail that arrived before the connection broke is shown once.
        "Message-ID": f"<delivery-{delivery.pk}@{site}>",
        "Auto-Submitted": "auto-generated",
    }
    if subscription:
        link = unsubscribe_url(subscription)
        with override(subscription.user.language or settings.LANGUAGE_CODE):
            footer = f"{footer}\n{with_label(gettext('Stop these e-mails'), link)}"
        # RFC 8058: mail programs show a button that posts to the link.
        headers |= {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMessage(
        subject=f"[Genkan] {delivery.subject}",
        body="\n\n".join(part for part in (delivery.text, delivery.url, footer) if part),
        from_email=formataddr(("Genkan", settings.DEFAULT_FROM_EMAIL)),
        to=[delivery.recipient],
        headers=headers,
    )
    try:
        message.send()
    except (SMTPException, OSError) as error:
        raise _not_mailed(error) from error


def _not_mailed(error: Exception) -> NotDelivered:
    """By the code alone: a mail server's text may quote anything."""
    if isinstance(error, SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _text in error.recipients.values()})
        return NotDelivered("mail-recipient-refused", ", ".join(codes), final=_is_final(error))
    if isinstance(error, SMTPResponseException):
        return NotDelivered("mail-refused", str(error.smtp_code), final=_is_final(error))
    return NotDelivered("mail-unreachable", type(error).__name__)


def _is_final(error: Exception) -> bool:
    """SMTP: 5xx is permanent (RFC 5321, 4.2.1), except for a refused sign-in, which an administrator will repair."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code in {552, 554}
