"""The audit record. Rows copy names: they survive what they tell of."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from portal.audit.tags import Tag


class AuditEvent(models.Model):
    """One thing that was done, or refused. Written by ``record()`` only; the database refuses every change.

    ``sequence`` has no gaps. ``hash`` is the SHA-256 over this row's canonical JSON, which holds ``previous_hash``.
    """

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    tag = models.CharField(max_length=64)
    actor = models.CharField(max_length=255, blank=True)
    actor_name = models.CharField(max_length=255, blank=True)
    # What people read; the kind and the id say what it is.
    target = models.CharField(max_length=255, blank=True)
    target_kind = models.CharField(max_length=32, blank=True, db_default="")
    target_id = models.CharField(max_length=255, blank=True, db_default="")
    # Usernames of those whose data was shown or changed
    people: "models.Field[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=255), default=list, db_default=[]
    )
    address = models.GenericIPAddressField(null=True)
    reference = models.CharField(max_length=16, blank=True)
    details: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tag", "-sequence"], name="audit_tag"),
            models.Index(fields=["actor", "-sequence"], name="audit_actor"),
            # A person is looked for in any case: identity providers and AWS write one name in several.
            models.Index(Lower("actor"), models.F("sequence").desc(), name="audit_lower_actor"),
            models.Index(Lower("target_id"), models.F("sequence").desc(), name="audit_lower_target_id"),
            models.Index(fields=["target", "-sequence"], name="audit_target"),
            models.Index(fields=["target_kind", "target_id", "-sequence"], name="audit_target_id"),
            models.Index(fields=["reference"], name="audit_reference"),
            # People know operations by their number, which is a detail of their events.
            models.Index(models.F("details__operation"), name="audit_operation"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.tag}"

    @property
    def tag_label(self) -> str:
        """What happened, in the reader's language; a tag of an older version stays as it is."""
        return str(Tag(self.tag).label) if self.tag in Tag.values else self.tag
