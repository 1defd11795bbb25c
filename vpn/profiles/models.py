"""Who downloaded which version of which profile."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class ProfileDownload(models.Model):
    """One download. ``configuration_hash`` is the SHA-256 of the bytes that were sent."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile_downloads"
    )
    endpoint = models.ForeignKey("vpn.Endpoint", on_delete=models.CASCADE, related_name="downloads")
    configuration_hash = models.CharField(max_length=64)
    downloaded_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [
            models.Index(fields=["user", "endpoint", "-downloaded_at"], name="download_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.endpoint} {self.downloaded_at:%Y-%m-%d %H:%M}"
