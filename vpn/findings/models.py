"""Findings: one row for as long as something is so."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class RuleRun(models.Model):
    """When a rule was last applied. ``judged_at``: when it could last tell; some need weeks of log."""

    kind = models.CharField(max_length=20, primary_key=True)
    looked_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.kind} {self.looked_at:%Y-%m-%d %H:%M}"


class Finding(models.Model):
    """``kind`` is that of its rule in vpn.findings.rules; ``key`` tells findings of one kind apart.

    ``subject`` is what people call it. ``evidence``: numbers, names and moments (ISO 8601, UTC) that the rule puts into
    a sentence. Whoever has acknowledged it is named by a copy, as in the audit record.
    """

    kind = models.CharField(max_length=20)
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
