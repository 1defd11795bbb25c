"""When the copy was last written, and why it couldn't be."""

from django.db import models

from vpn.endpoints.models import SnapshotModel


class StatusCopy(SnapshotModel):
    """A row for each bucket that was ever set; ``seen_at``: when all of the copy was last written."""

    bucket = models.CharField(max_length=63, unique=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.bucket
