"""The directory as it was last read."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from vpn.endpoints.models import SnapshotModel


class Directory(SnapshotModel):
    """One row for each Identity Store that was ever configured, with when it was last read as a whole."""

    identity_store_id = models.CharField(max_length=36, unique=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.identity_store_id


class DirectoryGroup(models.Model):
    """A group. ``group_id`` is what authorization rules and SAML assertions name. ``vanished_at``: it was deleted."""

    directory = models.ForeignKey(Directory, on_delete=models.CASCADE, related_name="groups")
    group_id = models.CharField(max_length=47)
    name = models.CharField(max_length=1024)
    vanished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["directory", "group_id"], name="one_directory_group")
        ]

    def __str__(self) -> str:
        return self.name


class DirectoryUser(models.Model):
    """A person. ``username`` and ``email``: either may be the NameID, which the connection log has as username."""

    directory = models.ForeignKey(Directory, on_delete=models.CASCADE, related_name="users")
    user_id = models.CharField(max_length=47)
    username = models.CharField(max_length=128)
    email = models.CharField(max_length=1024, blank=True)
    name = models.CharField(max_length=1024, blank=True)
    vanished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["directory", "user_id"], name="one_directory_user")
        ]
        indexes: ClassVar = [
            models.Index(Lower("username"), name="directory_username"),
            models.Index(Lower("email"), name="directory_email"),
        ]

    def __str__(self) -> str:
        return self.name or self.username
