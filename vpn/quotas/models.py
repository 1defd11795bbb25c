"""Quotas and prices as they were last read."""

from typing import Any, ClassVar

from django.db import models

from vpn.endpoints.models import AwsAccount, SnapshotModel


class AccountQuotas(SnapshotModel):
    """``values`` by the names of vpn.quotas.limits; a quota that AWS has no value for is missing."""

    account = models.OneToOneField(AwsAccount, on_delete=models.CASCADE, related_name="quotas")
    values: "models.Field[dict[str, int], dict[str, int]]" = models.JSONField(default=dict)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return str(self.account)


class RegionPrices(SnapshotModel):
    """What Client VPN costs in a Region, for an hour of an associated subnet and of a connection."""

    region = models.CharField(max_length=40, unique=True)
    currency = models.CharField(max_length=8, blank=True)
    association_hour = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    connection_hour = models.DecimalField(max_digits=20, decimal_places=10, null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["region"]

    def __str__(self) -> str:
        return self.region

    def listed(self) -> dict[str, Any] | None:
        """As vpn.operation_plans.costs takes it. None: they were never read."""
        if self.association_hour is None or self.connection_hour is None:
            return None
        # Without the zeros that the column fills up with.
        return {
            "currency": self.currency,
            "association_hour": self.association_hour.normalize(),
            "connection_hour": self.connection_hour.normalize(),
        }
