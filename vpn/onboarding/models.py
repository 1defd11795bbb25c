"""Which steps of the checklist a person has completed."""

from django.conf import settings
from django.db import models


class Onboarding(models.Model):
    """Each moment is the first time that it happened. Downloads are in ProfileDownload.

    ``installed_at`` is what the person says: the portal can't see what is installed on a computer.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="onboarding")
    installed_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    egress_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return str(self.user)
