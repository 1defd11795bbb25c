"""How far a person has got."""

from django.conf import settings
from django.db import models


class Onboarding(models.Model):
    """Each moment is the first time that it happened. Downloads are in ProfileDownload.

    ``installed_at`` is the person's own word: nobody else can see what is installed on a computer.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="onboarding")
    installed_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    egress_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return str(self.user)
