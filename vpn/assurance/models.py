"""What the last evaluation said of the five requirements, since when, and what people have stated about them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint


class Requirement(models.TextChoices):
    """What the VPN was built for, in the words of those who use it. The values are stored, and never change."""

    FIXED_ADDRESS = "R1", _("The internet sees the fixed IP address")
    OFFICE_INDEPENDENT = "R2", _("It works while the office network is down")
    ACCOUNTS = "R3", _("Everybody signs in with the company account")
    LOGGED = "R4", _("Connections are logged")
    OFFICE_REACHED = "R5", _("The office network can be reached")


class RequirementValue(models.TextChoices):
    """UNKNOWN: old, not allowed to be read, or not modelled. ACCEPTED: an administrator lives with it until a date."""

    HOLDS = "holds", _("Holds")
    FAILS = "fails", _("Fails")
    UNKNOWN = "unknown", _("Not known")
    ACCEPTED = "accepted", _("Accepted")


class RequirementRow(models.Model):
    """``endpoint`` None: of the whole VPN. ``warning``: it holds, and somebody should see to it before it fails.

    ``since``: the evaluation that saw ``value`` first. ``evaluated_at``: the newest one.
    """

    requirement = models.CharField(max_length=2, choices=Requirement)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, related_name="+")
    value = models.CharField(max_length=10, choices=RequirementValue)
    warning = models.BooleanField(default=False)
    since = models.DateTimeField()
    evaluated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.requirement} {self.value}"


class RequirementStatus(RequirementRow):
    """A requirement as it is now, at one endpoint or all over."""

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requirement", "endpoint"], name="one_requirement_status", nulls_distinct=False
            )
        ]


class PartStatus(RequirementRow):
    """A part of a requirement as it is now; ``key`` is that of its rule (vpn.assurance.catalogue).

    ``sentence``: an English msgid, with ``values`` to put into its translation. ``subjects``: what fails, by name, and
    since when (ISO 8601); ``mended``: what did until lately. ``seen``: the value that the newest evaluation saw, as
    often as ``seen_count`` in a row, first at ``seen_since``: it becomes ``value`` only when it lasts.
    """

    key = models.CharField(max_length=40)
    sentence = models.TextField()
    values: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    subjects: "models.Field[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    mended: "models.Field[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    seen = models.CharField(max_length=10, choices=RequirementValue)
    seen_since = models.DateTimeField()
    seen_count = models.IntegerField(default=1)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "endpoint"], name="one_part_status", nulls_distinct=False)
        ]


class RequirementPeriod(models.Model):
    """From ``since`` until ``until`` every evaluation gave ``value``. Between two periods may be a gap: nobody looked.

    ``until`` moves on with each evaluation for as long as nothing changes.
    """

    requirement = models.CharField(max_length=2, choices=Requirement)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, related_name="+")
    value = models.CharField(max_length=10, choices=RequirementValue)
    warning = models.BooleanField(default=False)
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [models.Index(fields=["until"], name="requirement_period_until")]

    def __str__(self) -> str:
        return f"{self.requirement} {self.value} {self.since:%Y-%m-%d %H:%M}"


class PartAcceptance(models.Model):
    """An administrator lives with one failing or unknown part of one endpoint until ``until``, for a reason.

    ``endpoint`` None: a part of the whole VPN. ``withdrawn_at``: somebody has ended it before.
    """

    key = models.CharField(max_length=40)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, related_name="+")
    until = models.DateTimeField()
    reason = models.TextField()
    accepted_by = models.CharField(max_length=255)
    accepted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-accepted_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.key} {self.until:%Y-%m-%d}"


class StatedFact(models.Model):
    """An administrator's answer to what no source of the portal's can tell; it counts until ``until``.

    ``question`` is a key of vpn.assurance.questions; ``holds``: the answer that the requirement needs.
    """

    question = models.CharField(max_length=40, unique=True)
    holds = models.BooleanField()
    note = models.TextField(blank=True)
    until = models.DateTimeField()
    stated_by = models.CharField(max_length=255)
    stated_at = models.DateTimeField()

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.question


class AuditVerification(models.Model):
    """How far the audit chain was verified in the round that runs, and when all of it was last found to be whole.

    One row. ``sequence`` and ``hash``: the last event of this round. ``problem``: where the chain is broken.
    """

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    whole_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.sequence}"
