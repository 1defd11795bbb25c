"""One row for each message and each recipient: the row is the work."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

KEY_LENGTH: Final = 120


class Channel(models.TextChoices):
    WEBHOOK = "webhook", _("Webhook")
    EMAIL = "email", _("E-mail")


class Status(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class Delivery(models.Model):
    """``recipient`` is an e-mail address, or empty for the webhook: its URL is a secret, and stays in the settings.

    ``key`` names what the message is about: the same news is told once. ``attempts`` counts the tries so far; while it
    waits, ``next_attempt_at`` says when the next one is due.
    """

    key = models.CharField(max_length=KEY_LENGTH, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    recipient = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], name="delivery_due", condition=Q(status=Status.WAITING.value)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "channel", "recipient"], name="delivery_told_once", condition=~Q(key="")
            ),
        ]

    def __str__(self) -> str:
        return self.subject
