"""The series of CloudWatch's metrics as they were read."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from vpn.endpoints.models import AwsAccount, SnapshotModel


class MetricSource(SnapshotModel):
    """CloudWatch in an account and Region. ``read_until``: what it had of the time before is stored."""

    account = models.OneToOneField(AwsAccount, on_delete=models.CASCADE, related_name="metric_source")
    read_until = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"CloudWatch {self.account}"


class MetricDay(models.Model):
    """A day (UTC) of one series: POINTS_A_DAY values from midnight on, None where CloudWatch has no point.

    ``resource``: the id of an endpoint or a NAT gateway, or that of a Site-to-Site VPN connection, a slash and the
    outside address of a tunnel. ``metric``: CloudWatch's name, which no two namespaces share.

    A row a day, not a row a point: the latter were 13 million rows and a gigabyte for 5 endpoints over 15 months; this
    is 45,000 rows, and a page reads a day of a series with one of them.
    """

    pk = models.CompositePrimaryKey("resource", "metric", "day")
    resource = models.CharField(max_length=128)
    metric = models.CharField(max_length=64)
    day = models.DateField()
    values: "models.Field[list[float | None], list[float | None]]" = ArrayField(models.FloatField(null=True))

    class Meta:
        app_label = "vpn"
        # By day alone: that is how the oldest are deleted.
        indexes: ClassVar = [models.Index(fields=["day"], name="metric_day")]

    def __str__(self) -> str:
        return f"{self.resource} {self.metric} {self.day}"
