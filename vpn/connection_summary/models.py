"""Sums by day of TIME_ZONE, counted anew from the connections whenever one of that day has changed.

A connection belongs to the day on which it began, as in a search by time. Sums of the whole day are replaced
together, so a sum is never half of one state and half of another.
"""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

# The row for all endpoints together: people and peaks are no sums.
ALL: Final = ""


class SummaryDay(models.Model):
    """``endpoint_id`` ALL: all of them. ``zone``: the TIME_ZONE whose day it is.

    ``hours``: connections and attempts by the hour in which they began. ``failures``: how many, by AWS's reason.
    ``peak``: how many were connected at the same time, at most; ``people``: different ones who connected.
    """

    pk = models.CompositePrimaryKey("day", "endpoint_id")
    day = models.DateField()
    endpoint_id = models.CharField(max_length=64)
    zone = models.CharField(max_length=64)
    connected = models.BigIntegerField()
    failed = models.BigIntegerField()
    unfinished = models.BigIntegerField()
    seconds = models.BigIntegerField()
    ingress_bytes = models.BigIntegerField()
    egress_bytes = models.BigIntegerField()
    people = models.BigIntegerField()
    peak = models.BigIntegerField()
    peak_at = models.DateTimeField(null=True)
    hours: "models.Field[list[int], list[int]]" = ArrayField(models.IntegerField(), size=24)
    failures: "models.Field[dict[str, int], dict[str, int]]" = models.JSONField()
    counted_at = models.DateTimeField()

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.day} {self.endpoint_id}"


class PersonDay(models.Model):
    """What one person's connections to an endpoint came to; people who only failed have no row."""

    pk = models.CompositePrimaryKey("day", "endpoint_id", "user_id")
    day = models.DateField()
    endpoint_id = models.CharField(max_length=64)
    user_id = models.BigIntegerField()
    connections = models.IntegerField()
    seconds = models.BigIntegerField()
    ingress_bytes = models.BigIntegerField()
    egress_bytes = models.BigIntegerField()

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.day} {self.user_id}"


class PersonMonth(models.Model):
    """Sums of PersonDay. A month that has rows here is complete; of others only the days are there."""

    pk = models.CompositePrimaryKey("month", "endpoint_id", "user_id")
    month = models.DateField()
    endpoint_id = models.CharField(max_length=64)
    user_id = models.BigIntegerField()
    connections = models.IntegerField()
    seconds = models.BigIntegerField()
    ingress_bytes = models.BigIntegerField()
    egress_bytes = models.BigIntegerField()

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.month} {self.user_id}"


class PersonSpan(models.Model):
    """Sums of PersonDay from ``first`` to ``last``, for the ranges that the summary offers today.

    Ends some days ago, where days hardly change any more. A span that has no rows is not there (yet): its days are.
    """

    pk = models.CompositePrimaryKey("first", "last", "endpoint_id", "user_id")
    first = models.DateField()
    last = models.DateField()
    endpoint_id = models.CharField(max_length=64)
    user_id = models.BigIntegerField()
    connections = models.IntegerField()
    seconds = models.BigIntegerField()
    ingress_bytes = models.BigIntegerField()
    egress_bytes = models.BigIntegerField()

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.first}-{self.last} {self.user_id}"


class Extreme(models.Model):
    """One of the ten longest or largest connections of a day and endpoint: among them are those of any range."""

    pk = models.CompositePrimaryKey("day", "endpoint_id", "connection_id")
    day = models.DateField()
    endpoint_id = models.CharField(max_length=64)
    connection_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    seconds = models.BigIntegerField()
    bytes = models.BigIntegerField()

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.connection_id
