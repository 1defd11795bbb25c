"""A link that `manage.py breakglass` printed."""

from django.conf import settings
from django.db import models


class BreakGlassLink(models.Model):
    """Only the SHA-256 of the token is kept: whoever reads the database can't sign in with it."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d %H:%M}"
