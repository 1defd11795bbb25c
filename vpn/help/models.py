"""What people share with the helpdesk by a code."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class SupportCode(models.Model):
    """``digest``: a keyed hash of the code, which is nowhere stored. ``shared``: what the person saw before sharing it.

    ``opened_by``: user names of the agents who have used it; each may once.
    """

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="support_codes")
    shared: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    opened_by: "models.Field[list[str], list[str]]" = models.JSONField(default=list)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d %H:%M}"
