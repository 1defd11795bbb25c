"""How far an older part of a log group has been read, so that a backfill goes on where it was stopped."""

from django.db import models

from vpn.connection_log.models import LogSource


class Backfill(models.Model):
    """All that was published from ``since`` to ``until``; up to ``read_until`` it is stored."""

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="backfills")
    since = models.DateTimeField()
    until = models.DateTimeField()
    read_until = models.DateTimeField()
    events = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.source} {self.since:%Y-%m-%d}"
