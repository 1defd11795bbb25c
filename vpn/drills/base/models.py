"""A drill, and how far each of its people got."""

from datetime import datetime, timedelta
from statistics import median
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint

NOTE_LENGTH: Final = 500


class DrillOutcome(models.TextChoices):
    """How far a person got. PASSED: their check left by the endpoint's own address while the drill went on.

    NOT_SEEN: the portal saw no attempt; whether there was one it can't tell.
    """

    PASSED = "passed", _("Passed")
    CONNECTED = "connected", _("Connected, but no check passed")
    FAILED = "failed", _("Could not connect")
    NOT_SEEN = "not-seen", _("No attempt seen")


class Drill(models.Model):
    """``told_at``: when the people were told that it begins. ``closed_at``: when the result was settled.

    ``repeats``: the next one is planned when this one is closed. ``cancelled_at``: it never took place.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="drills")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    repeats = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    planned_by = models.CharField(max_length=255)
    planned_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-starts_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.starts_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("drill", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.cancelled_at is None


class DrillParticipant(models.Model):
    """``outcome`` empty: not known yet. ``connected_at``: to the drill's endpoint, the first time during the drill.

    ``reason``: what the helpdesk's diagnosis said at the first failed attempt, else when the drill was closed, by
    language; ``cause``: its id.
    """

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drills")
    outcome = models.CharField(max_length=10, choices=DrillOutcome.choices, blank=True)
    connected_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    cause = models.CharField(max_length=60, blank=True)
    reason: "models.Field[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["drill", "user"], name="once_in_a_drill"),
        ]

    def __str__(self) -> str:
        return f"{self.drill_id} {self.user}"

    def took(self, starts_at: datetime) -> timedelta | None:
        """From the drill's beginning to the passed check."""
        return self.passed_at - starts_at if self.passed_at else None


def median_minutes(drill: Drill, people: list[DrillParticipant]) -> int | None:
    """Of those who passed, in whole minutes; None: nobody did."""
    taken = [took.total_seconds() for person in people if (took := person.took(drill.starts_at)) is not None]
    return round(median(taken) / 60) if taken else None
