"""Schedules, and each run that was due."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.target_networks.pause_endpoint import PauseMoment
from vpn.operations.models import Operation
from vpn.operations.schedules.calendar import Rhythm


class ScheduledRunOutcome(models.TextChoices):
    """MISSED: more than an hour late. REFUSED: the person may not request it (any more)."""

    REQUESTED = "requested", _("Requested")
    IMPOSSIBLE = "impossible", _("Nothing to do")
    MISSED = "missed", _("Missed")
    REFUSED = "refused", _("Refused")


class Schedule(models.Model):
    """``acts_for`` saved it last: its operations are requested in their name, as long as they may.

    Runs until ``checked_until`` were requested or skipped, or were before the schedule.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="schedules")
    pause_at = models.TimeField(null=True)
    resume_at = models.TimeField(null=True)
    weekdays: "models.Field[list[int], list[int]]" = ArrayField(models.SmallIntegerField())
    zone = models.CharField(max_length=64)
    skips_holidays = models.BooleanField(default=True)
    skipped_days = ArrayField(models.DateField(), default=list)
    when = models.CharField(max_length=12, choices=PauseMoment.choices, default=PauseMoment.NOW)
    hours = models.PositiveSmallIntegerField(default=1)
    enabled = models.BooleanField(default=True)
    acts_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="schedules"
    )
    acts_for_name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    checked_until = models.DateTimeField()

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["endpoint__label", "pk"]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.pause_at}–{self.resume_at}"

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(
            self.pause_at,
            self.resume_at,
            frozenset(self.weekdays),
            self.zone,
            self.skips_holidays,
            frozenset(self.skipped_days),
        )


class ScheduledRun(models.Model):
    """A run that was due. The constraint keeps it from being requested twice."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=ScheduledRunOutcome.choices)
    note = models.TextField(blank=True)
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, related_name="scheduled_runs"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "kind", "due_at"], name="scheduled_run_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["schedule", "-due_at"], name="scheduled_run_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"
