"""What was told of failing requirements."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from vpn.assurance.models import Requirement
from vpn.endpoints.models import Endpoint


class RequirementAlert(models.Model):
    """A requirement that failed at ``endpoint``, or in what belongs to none (None), from ``since`` until ``closed_at``.

    ``part_keys``: the parts that have failed since then; it is over when none of them fails, is unknown or is hidden
    because nobody can connect.
    """

    requirement = models.CharField(max_length=2, choices=Requirement)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, related_name="+")
    part_keys: "models.Field[list[str], list[str]]" = ArrayField(models.CharField(max_length=40))
    since = models.DateTimeField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requirement", "endpoint"],
                name="requirement_alert_once",
                condition=Q(closed_at=None),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.requirement} {self.since:%Y-%m-%d %H:%M}"

    @property
    def endpoint_is_there(self) -> bool:
        """Also of what belongs to no endpoint."""
        return self.endpoint is None or self.endpoint.vanished_at is None
