"""Maintenance of tunnels as it was last read."""

from datetime import datetime
from typing import ClassVar, Final

from django.db import models

from vpn.endpoints.models import SiteToSiteVpn, SnapshotModel

# AWS's API reference has no list of the words of PendingMaintenance; these mean that there is none.
NOTHING_PENDING: Final = frozenset(
    {"", "none", "no", "false", "unavailable", "not available", "not-available"}
)


class TunnelMaintenance(SnapshotModel):
    """Of one tunnel. ``pending`` in AWS's words; after ``applied_after`` AWS replaces its end by itself."""

    vpn = models.ForeignKey(SiteToSiteVpn, on_delete=models.CASCADE, related_name="maintenance")
    outside_ip = models.CharField(max_length=45)
    pending = models.CharField(max_length=255, blank=True)
    applied_after = models.DateTimeField(null=True)
    last_applied = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["vpn", "outside_ip"], name="one_tunnel_maintenance")
        ]

    def __str__(self) -> str:
        return f"{self.vpn} {self.outside_ip}"

    def is_pending(self, now: datetime) -> bool:
        if self.pending.strip().lower() not in NOTHING_PENDING:
            return True
        return self.applied_after is not None and self.applied_after > now
