"""Which addresses are published, and the history of that."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint


class AddressState(models.TextChoices):
    """What a reader of the list should know of an address.

    ANNOUNCED: not in use yet. CURRENT: the last good snapshot has it. STANDBY: in use as soon as the endpoint is
    associated with a network. LEAVING: the last good snapshot doesn't have it; still published until ``valid_until``.
    """

    ANNOUNCED = "announced", _("Announced")
    CURRENT = "current", _("In use")
    STANDBY = "standby", _("On standby")
    LEAVING = "leaving", _("Leaving")


class PublicationKind(models.TextChoices):
    ANNOUNCED = "announced", _("Announced")
    ADDED = "added", _("Added")
    WITHDRAWAL_ANNOUNCED = "withdrawal-announced", _("Withdrawal announced")
    LEAVING = "leaving", _("No longer seen")
    RETURNED = "returned", _("Seen again")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CANCELLED = "cancelled", _("Announcement taken back")


class PublicationReason(models.TextChoices):
    """Why. BY_AWS: a regional NAT gateway may add addresses by itself. UNPLANNED: nobody had announced it."""

    FIRST = "first", _("The endpoint's first addresses")
    DECLARED = "declared", _("Declared by an administrator")
    STANDBY = "standby", _("Address of a standby endpoint")
    PLANNED = "planned", _("As announced")
    BY_AWS = "by-aws", _("Added by AWS itself")
    UNPLANNED = "unplanned", _("Not announced before")
    ENDPOINT_GONE = "endpoint-gone", _("AWS no longer lists the endpoint")


class PublishedAddress(models.Model):
    """An address of an endpoint, from when it is published until ``withdrawn_at``.

    ``valid_from``: from when it should be permitted. ``seen_at``: the last good snapshot that had it; None: none has.
    ``missing_since``: the first good snapshot without it. ``announced_until``: when it goes, as was announced.
    ``valid_until``: until when it should be permitted, by either of both.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="published_addresses")
    address = models.GenericIPAddressField()
    state = models.CharField(max_length=20, choices=AddressState)
    valid_from = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    missing_since = models.DateTimeField(null=True)
    announced_until = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "address"],
                condition=Q(withdrawn_at=None),
                name="published_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.state}"


class PublicationEvent(models.Model):
    """One line of the list's history. Never changed: feed readers have it already."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="publication_events")
    address = models.GenericIPAddressField()
    kind = models.CharField(max_length=24, choices=PublicationKind)
    reason = models.CharField(max_length=20, choices=PublicationReason)
    at = models.DateTimeField(db_index=True)
    # When it takes effect, where that was announced
    effective_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.address}"
