"""An API token, without the token itself."""

from datetime import date, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

from portal.access.permissions import Permission
from portal.access.tokens.scopes import grantable, in_words


class ApiToken(models.Model):
    """Only the SHA-256 is kept: whoever reads the database can't call the API with it.

    ``hint``: the token's last four characters, by which its owner tells it from others. ``last_used_at`` is written
    once an hour at the most.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    scopes: "models.Field[list[str], list[str]]" = ArrayField(models.CharField(max_length=32))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def permissions(self) -> frozenset[Permission]:
        """What was given to it and its owner may still give: never more than the owner has now."""
        return frozenset(scope for scope in grantable(self.owner.permissions) if scope in self.scopes)

    @property
    def last_day(self) -> date:
        """On which it works, in the portal's time zone."""
        return timezone.localdate(self.expires_at - timedelta(seconds=1))

    @property
    def scopes_in_words(self) -> list[Promise | str]:
        return in_words(self.scopes)
