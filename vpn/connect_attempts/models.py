"""Attempts to connect as the client connect handler saw them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class HandlerDecision(models.TextChoices):
    ALLOW = "allow", _("Let in")
    DENY = "deny", _("Refused")


class ConnectAttempt(models.Model):
    """The newest line that the handler logged of a connection id. Written by vpn/connect_attempts/services.py only.

    The connection log's events of the same id may come before it, after it, or never. Texts are as AWS handed them to
    the handler; empty: AWS told nothing. ``client_version`` is what the client says of itself: AWS takes it from
    environment variables of the person's device. ``reason``: a key of vpn.connect_attempts.texts.REASONS.
    """

    connection_id = models.CharField(max_length=64, primary_key=True, db_collation="C")
    endpoint_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    username = models.TextField(blank=True)
    common_name = models.TextField(blank=True)
    groups: "models.Field[list[str], list[str]]" = ArrayField(models.TextField(), default=list)
    platform = models.TextField(blank=True)
    platform_version = models.TextField(blank=True)
    client_version = models.TextField(blank=True)
    openvpn_version = models.TextField(blank=True)
    public_ip = models.GenericIPAddressField(null=True)
    decision = models.CharField(max_length=10, choices=HandlerDecision)
    reason = models.CharField(max_length=64, blank=True)
    support_code = models.CharField(max_length=20, blank=True)
    error = models.TextField(blank=True)
    raw = models.TextField()

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [
            models.Index(Lower("username"), models.F("at").desc(), name="attempt_of_person"),
            models.Index(fields=["endpoint_id", "-at"], name="attempt_at_endpoint"),
            models.Index(fields=["at"], name="attempt_at"),
            models.Index(fields=["support_code"], name="attempt_support_code"),
        ]

    def __str__(self) -> str:
        return self.connection_id
