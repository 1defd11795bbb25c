"""A log query, its parts (one for each AWS account and 50 log groups), and the connections that match."""

from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import AwsAccount


class LogQueryState(models.TextChoices):
    """STARTING: claimed by a task; AWS may or may not have been asked."""

    WAITING = "waiting", _("Waiting")
    STARTING = "starting", _("Starting")
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


LIVE: Final = (LogQueryState.WAITING, LogQueryState.STARTING, LogQueryState.RUNNING)


class LogQuery(models.Model):
    """``conditions``: the search as vpn.connection_log.search.conditions.parameters() has it, with a pinned range."""

    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    conditions: "models.Field[dict[str, str], dict[str, str]]" = models.JSONField()

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-requested_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.pk} {self.requested_at:%Y-%m-%d %H:%M}"


class LogQueryPart(models.Model):
    """One query of AWS. ``bytes_scanned`` is what AWS charges for; ``events`` those that came back.

    ``records_matched`` more than ``events``: AWS gives no more than 100,000. ``unreadable``: of the events.
    """

    query = models.ForeignKey(LogQuery, on_delete=models.CASCADE, related_name="parts")
    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="+")
    log_groups: "models.Field[list[str], list[str]]" = ArrayField(models.CharField(max_length=512))
    state = models.CharField(max_length=10, choices=LogQueryState.choices, default=LogQueryState.WAITING)
    aws_query_id = models.CharField(max_length=256, blank=True)
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    bytes_scanned = models.BigIntegerField(default=0)
    records_matched = models.BigIntegerField(default=0)
    events = models.IntegerField(default=0)
    unreadable = models.IntegerField(default=0)
    error_id = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.query_id} {self.account} {self.state}"


class LogQueryRow(models.Model):
    """A connection that matches. ``fields``: of vpn.connection_log.models.Connection, and ``username``."""

    part = models.ForeignKey(LogQueryPart, on_delete=models.CASCADE, related_name="rows")
    at = models.DateTimeField()
    connection_id = models.CharField(max_length=64, db_collation="C")
    fields: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField()
    raw: "models.Field[list[str], list[str]]" = models.JSONField()

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [models.Index(fields=["part", "-at", "-connection_id"], name="log_query_rows")]

    def __str__(self) -> str:
        return self.connection_id
