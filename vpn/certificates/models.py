"""Certificates as they were last seen."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import AwsAccount, SnapshotModel


class CertificateKind(models.TextChoices):
    """Where a certificate is kept, and what it is for."""

    SERVER = "server", _("Server certificate (ACM)")
    SAML_PROVIDER = "saml-provider", _("SAML provider (IAM)")
    REVOCATION_LIST = "revocation-list", _("Certificate revocation list")
    IDENTITY_PROVIDER = "identity-provider", _("Sign-in to this portal")
    PORTAL = "portal", _("TLS certificate of this portal")


class Certificate(SnapshotModel):
    """A certificate, or a document that holds some: then ``not_after`` is the next of their ends.

    ``reference``: ACM's or IAM's ARN, an endpoint's id, SAML_IDP_METADATA or SITE_URL. ``account`` None: the portal's
    own. ``fingerprints`` are SHA-256, or ACM's serial number; ``changed_at`` is when others than ``previous`` were
    first seen. ``named_at``: when something last used it; what nothing uses any more is not shown.
    """

    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, null=True, related_name="certificates")
    kind = models.CharField(max_length=20, choices=CertificateKind)
    reference = models.CharField(max_length=2048)
    name = models.CharField(max_length=255, blank=True)
    not_after = models.DateTimeField(null=True)
    renews_itself = models.BooleanField(default=False)
    fingerprints: "models.Field[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=128), default=list
    )
    previous: "models.Field[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=128), default=list
    )
    changed_at = models.DateTimeField(null=True)
    named_at = models.DateTimeField()

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["kind", "name", "reference"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "kind", "reference"], name="one_certificate", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name or self.reference
