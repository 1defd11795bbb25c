"""Findings: one row for as long as something is so."""

from datetime import timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FindingKind(models.TextChoices):
    TWO_PLACES = "two-places", _("One person from two places at once")
    SHARED_DEVICE = "shared-device", _("Two people's names on one device")
    FAILURES_RISING = "failures-rising", _("More failures than usual")
    NO_ACCESS = "no-access", _("Connected without a group that may")
    NEVER_SIGNED_IN = "never-signed-in", _("Connected, but never signed in to the portal")
    NOT_SEEN = "not-seen", _("Not connected for 90 days, and still may")
    LOGGING_OFF = "logging-off", _("Connections are not logged")
    LOG_BEHIND = "log-behind", _("The log is not being read")
    UNREADABLE_RISING = "unreadable-rising", _("More unreadable lines than usual")


# What happened once stays to be looked at for a while; what is a state ends with it.
STAYS: Final = {FindingKind.TWO_PLACES: timedelta(days=30), FindingKind.SHARED_DEVICE: timedelta(days=30)}


class RuleRun(models.Model):
    """When a kind was last looked for. ``judged_at``: when its rule could last tell; some need weeks of log."""

    kind = models.CharField(max_length=20, choices=FindingKind.choices, primary_key=True)
    looked_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.kind} {self.looked_at:%Y-%m-%d %H:%M}"


class Finding(models.Model):
    """``key`` says which one of its kind it is; ``subject`` is what people call it.

    ``evidence``: numbers, names and moments (ISO 8601, UTC) that vpn.findings.words puts into sentences.
    Whoever has acknowledged it is named by a copy, as in the audit record.
    """

    kind = models.CharField(max_length=20, choices=FindingKind.choices)
    key = models.CharField(max_length=255)
    subject = models.CharField(max_length=1024)
    evidence = models.JSONField(default=dict)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=255, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(resolved_at=None), name="one_open_finding_per_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
