"""One row for each message and recipient; the row, not the queue, says what is still to be sent."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KEY_LENGTH: Final = 120
ERROR_TEXTS: Final[dict[str, Promise]] = {
    "webhook-not-set": _("No webhook is set any more."),
    "webhook-answered": _("The other side refused it."),
    "webhook-unreachable": _("The other side could not be reached."),
    "mail-not-named": _("This address is not among those who are told any more."),
    "mail-unsubscribed": _("This person doesn't want these messages any more, or may not sign in."),
    "mail-recipient-refused": _("The mail server refused the recipient."),
    "mail-refused": _("The mail server refused it."),
    "mail-unreachable": _("The mail server could not be reached."),
}


class Channel(models.TextChoices):
    WEBHOOK = "webhook", _("Webhook")
    EMAIL = "email", _("E-mail")


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Delivered")
    FAILED = "failed", _("Given up")


class StatusSubscription(models.Model):
    """A person who wants to hear of incidents. It is kept when it has ended, for the links in mails that were sent."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="status_subscriptions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], name="status_subscription_once", condition=Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"

    @property
    def is_wanted(self) -> bool:
        return self.ended_at is None and self.user.is_active


class Delivery(models.Model):
    """``recipient`` is an e-mail address, or empty for the webhook: its URL is a secret, and stays in the settings.

    ``key`` names what the message is about: the same message is sent once. ``attempts`` counts them so far; while it
    waits, ``next_attempt_at`` says when the next one is due. ``error`` is an id with a text in ERROR_TEXTS.
    ``personal``: to one person, about something of theirs, and not to those whom the settings name.
    ``subscription``: the person asked for such messages, and can stop them by a link in each.
    """

    key = models.CharField(max_length=KEY_LENGTH, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    recipient = models.CharField(max_length=320, blank=True)
    personal = models.BooleanField(default=False, db_default=False)
    subscription = models.ForeignKey(
        "vpn.StatusSubscription", on_delete=models.CASCADE, null=True, related_name="deliveries"
    )
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_due",
                condition=Q(status=DeliveryStatus.WAITING.value),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "channel", "recipient"], name="delivery_told_once", condition=~Q(key="")
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def error_text(self) -> str:
        """Why the last attempt failed, in the reader's language."""
        return str(ERROR_TEXTS.get(self.error, self.error))
