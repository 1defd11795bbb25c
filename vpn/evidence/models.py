"""An evidence pack, kept as it was made."""

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse


class EvidencePack(models.Model):
    """Days of TIME_ZONE; ``last`` counts. ``sections``: rows by the section's id (vpn.evidence.sections).

    ``sha256``: of the sections (vpn.evidence.services.content_hash); the audit record has it too, so that a pack that
    was changed later is told from the one that was made. ``made_by`` empty: the portal itself, for a whole month.
    """

    first = models.DateField()
    last = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=255, blank=True)
    sections: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"

    def get_absolute_url(self) -> str:
        return reverse("evidence_pack", args=[self.pk])
