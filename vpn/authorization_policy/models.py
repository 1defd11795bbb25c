"""Authorization policies as they were last read."""

from typing import ClassVar

from django.db import models

from vpn.endpoints.models import Endpoint, SnapshotModel


class EndpointPolicy(SnapshotModel):
    """What GetClientVpnEndpointAuthorizationPolicy said. ``document`` and ``status`` empty: the endpoint has none.

    ``shadow_mode``: it is evaluated and logged, and refuses nobody. ``changed_at``: when this document was first read
    in this mode, after another one; None: the portal has never read another one.
    """

    endpoint = models.OneToOneField(Endpoint, on_delete=models.CASCADE, related_name="policy")
    document = models.TextField(blank=True)
    description = models.TextField(blank=True)
    shadow_mode = models.BooleanField(default=False)
    status = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["endpoint"]

    def __str__(self) -> str:
        return f"policy of {self.endpoint_id}"
