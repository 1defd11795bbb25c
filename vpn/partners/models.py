"""Partners, what was announced to them, and what they have acknowledged."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint

# How long a link may be used after the change: somebody may be back from holidays only then.
LINK_LASTS: Final = timedelta(days=30)


class Partner(models.Model):
    """A team or company that permits addresses of some endpoints. One that was removed keeps its row for the record."""

    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=320)
    language = models.CharField(max_length=8)
    endpoints: "models.ManyToManyField[Endpoint, models.Model]" = models.ManyToManyField(
        Endpoint, related_name="partners"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def language_name(self) -> str:
        return str(dict(settings.LANGUAGES).get(self.language, self.language))


class AnnouncedDirection(models.TextChoices):
    ADD = "add", _("An address is added")
    WITHDRAW = "withdraw", _("An address goes")


class AddressAnnouncement(models.Model):
    """A change that partners are told of. ``effective_at``: not before then.

    ``superseded_at``: the same address was announced anew, so this was over. ``overridden_*``: an administrator takes
    it upon themselves that not all have acknowledged.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="address_announcements")
    address = models.GenericIPAddressField()
    direction = models.CharField(max_length=10, choices=AnnouncedDirection)
    effective_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    announced_at = models.DateTimeField(auto_now_add=True)
    announced_by_name = models.CharField(max_length=255)
    superseded_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    overridden_at = models.DateTimeField(null=True)
    overridden_by_name = models.CharField(max_length=255, blank=True)
    override_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "address"],
                condition=Q(cancelled_at=None, superseded_at=None),
                name="announced_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.address}"

    @property
    def is_over(self) -> bool:
        """Whether nobody's acknowledgement matters any more."""
        return self.cancelled_at is not None or self.superseded_at is not None

    @property
    def link_ends_at(self) -> datetime:
        return self.effective_at + LINK_LASTS


class PartnerNotice(models.Model):
    """That a partner was told of an announcement. ``mailed_at`` None: there was no mail server to send it by."""

    announcement = models.ForeignKey(AddressAnnouncement, on_delete=models.CASCADE, related_name="notices")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="notices")
    mailed_at = models.DateTimeField(null=True)
    mails = models.PositiveSmallIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["partner__name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["announcement", "partner"], name="partner_told_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.announcement}"
