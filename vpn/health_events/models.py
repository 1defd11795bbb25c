"""Events of AWS Health, and messages of the queue that are none."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from vpn.connection_log.units import format_size
from vpn.endpoints.models import SnapshotModel


class HealthQueue(SnapshotModel):
    """When the queue was last read, and why it couldn't be."""

    url = models.CharField(max_length=500, unique=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.url


class HealthEvent(models.Model):
    """One event of AWS Health as AWS described it last. Times and words are AWS's own.

    ``descriptions`` by language; ``entities``: ids or ARNs of what it is about, none where it is about a whole Region.
    ``updated_at``: what came later with an earlier one is out of order, and changes nothing.
    """

    arn = models.CharField(max_length=1600, unique=True)
    account = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=100)
    type_code = models.CharField(max_length=200)
    category = models.CharField(max_length=40, blank=True)
    scope = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    received_at = models.DateTimeField()
    descriptions: "models.Field[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    entities: "models.Field[list[str], list[str]]" = models.JSONField(default=list)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-updated_at", "-pk"]

    def __str__(self) -> str:
        return self.type_code

    def is_over(self, now: datetime) -> bool:
        return self.status == "closed" or (self.ended_at is not None and self.ended_at <= now)


class MessageFault(models.TextChoices):
    """Why a message of the queue isn't an event of AWS Health."""

    BROKEN = "broken", _("It isn't JSON.")
    FOREIGN = "foreign", _("It isn't about AWS Health.")
    INCOMPLETE = "incomplete", _("It lacks what an event of AWS Health has.")


class UnreadableMessage(models.Model):
    """A message that was taken from the queue because nothing could be done with it; ``body``: its beginning."""

    message_id = models.CharField(max_length=100, unique=True)
    fault = models.CharField(max_length=20, choices=MessageFault)
    body = models.TextField(blank=True)
    size = models.IntegerField()
    received_at = models.DateTimeField()

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return self.message_id

    @property
    def size_text(self) -> str:
        return format_size(self.size)
