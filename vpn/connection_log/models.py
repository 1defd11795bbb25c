"""The connection log as the portal keeps it.

``ConnectionEvent`` is the log itself: what AWS wrote, once. ``Connection`` is what its events say together; it can be
made from them anew. Both are partitioned by month of ``at`` (vpn/connection_log/partitions.py), so that retention is
the drop of a table. The tallies are sums over ``Connection`` that are kept in the same transaction.
"""

from datetime import timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from portal.access.names import searched
from vpn.endpoints.models import AwsAccount, SnapshotModel


class ConnectionStatus(models.TextChoices):
    """OPEN: no end has been logged yet. ENDED: the log says so, or it can't be open any more.

    UNFINISHED: the browser never brought the assertion.

    SIGN_IN: the first leg of a federated sign-in that led to something; no connection and no failure of its own, so
    searches, counts and exports leave it out.
    """

    OPEN = "open", _("Connected")
    ENDED = "ended", _("Ended")
    FAILED = "failed", _("Failed")
    UNFINISHED = "unfinished", _("Sign-in not finished")
    SIGN_IN = "sign-in", _("Signed in")


# Client VPN ends a session after 24 hours at most (session-timeout-hours of the endpoint), and not to the second.
LONGEST_SESSION: Final = timedelta(hours=24)
# How long a browser may take to bring the assertion. AWS documents no limit.
LONGEST_SIGN_IN: Final = timedelta(minutes=15)
FAILURES: Final = (ConnectionStatus.FAILED, ConnectionStatus.UNFINISHED)
CONNECTED: Final = (ConnectionStatus.OPEN, ConnectionStatus.ENDED)


class ConnectionUser(models.Model):
    """Whoever the log names: ``username``, or ``common-name`` where people sign in by certificate.

    Times and ``connections`` count connections that came about, never failures.
    """

    username = models.CharField(max_length=1024, unique=True)
    # Kept, because they are looked for in all of them, and to make them takes longer than looking
    lower_username = models.GeneratedField(
        expression=Lower("username"), output_field=models.TextField(), db_persist=True
    )
    searched_username = models.GeneratedField(
        expression=searched("username"), output_field=models.TextField(), db_persist=True
    )
    connections = models.BigIntegerField(default=0)
    first_connected_at = models.DateTimeField(null=True)
    last_connected_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [models.Index(Lower("username"), name="connection_user_lower")]

    def __str__(self) -> str:
        return self.username


class Connection(models.Model):
    """A connection or an attempt. Written by vpn/connection_log/store.py only.

    ``at``: its start, or its first event's time where there is no start. ``seen``: the kinds of its events, bits of
    vpn.connection_log.log_event.EventKind. Bytes and packets are AWS's: ingress is what the client sent.

    ``policy_result`` and the like: what the endpoint's authorization policy said last, in AWS's words; see
    vpn.connection_log.policy_evaluation.

    ``ended_at``: the end that is in the log. ``latest_end_at``: by when it had ended where the log has no end of it:
    LONGEST_SESSION after its start, or when its VPN address had a new holder. Both are None while it is open.
    """

    pk = models.CompositePrimaryKey("at", "connection_id")
    at = models.DateTimeField()
    connection_id = models.CharField(max_length=64, db_collation="C")
    endpoint_id = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=ConnectionStatus.choices)
    seen = models.SmallIntegerField()
    user = models.ForeignKey(ConnectionUser, on_delete=models.DO_NOTHING, null=True, db_constraint=False)
    common_name = models.TextField(null=True)  # noqa: DJ001 (NULL is the log's NA)
    device_type = models.TextField(null=True)  # noqa: DJ001
    device_ip = models.GenericIPAddressField(null=True)
    port = models.IntegerField(null=True)
    transport_protocol = models.TextField(null=True)  # noqa: DJ001
    client_ip = models.GenericIPAddressField(null=True)
    client_ip_v6 = models.GenericIPAddressField(null=True)
    started_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    latest_end_at = models.DateTimeField(null=True)
    duration_seconds = models.BigIntegerField(null=True)
    ingress_bytes = models.BigIntegerField(default=0)
    egress_bytes = models.BigIntegerField(default=0)
    ingress_packets = models.BigIntegerField(default=0)
    egress_packets = models.BigIntegerField(default=0)
    failure_reason = models.TextField(null=True)  # noqa: DJ001
    reset_status = models.TextField(null=True)  # noqa: DJ001
    policy_result = models.TextField(null=True)  # noqa: DJ001
    policy_type = models.TextField(null=True)  # noqa: DJ001
    policy_shadow_mode = models.TextField(null=True)  # noqa: DJ001
    policy_reason = models.TextField(null=True)  # noqa: DJ001
    policy_devices = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.connection_id


class ConnectionEvent(models.Model):
    """``raw``: the event's text as CloudWatch Logs holds it (NUL, which PostgreSQL can't hold, as U+FFFD).

    ``at``: its last-update-time. ``digest``: the first 8 bytes of the text's BLAKE2b hash; the same text counts once.
    """

    pk = models.CompositePrimaryKey("connection_id", "at", "digest")
    connection_id = models.CharField(max_length=64, db_collation="C")
    at = models.DateTimeField()
    digest = models.BigIntegerField()
    raw = models.TextField()

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.connection_id} {self.at:%Y-%m-%d %H:%M:%S}"


class ConnectionTally(models.Model):
    """What began at an endpoint in the ten minutes from ``bucket`` on, by ``Connection.at``.

    ``open``: those of ``connected`` that have not ended. ``seconds`` are those of connections that ended then.
    """

    pk = models.CompositePrimaryKey("bucket", "endpoint_id")
    bucket = models.DateTimeField()
    endpoint_id = models.CharField(max_length=64)
    connected = models.BigIntegerField(default=0)
    open = models.BigIntegerField(default=0, db_default=0)
    failed = models.BigIntegerField(default=0)
    unfinished = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [models.Index(fields=["endpoint_id", "bucket"], name="tally_of_endpoint")]

    def __str__(self) -> str:
        return f"{self.bucket:%Y-%m-%d %H:%M} {self.endpoint_id}"


class FailureTally(models.Model):
    """How often attempts failed for ``reason`` in the ten minutes from ``bucket`` on.

    ``reason`` is AWS's connection-attempt-failure-reason; ``waiting-for-assertion`` for unfinished sign-ins.
    """

    pk = models.CompositePrimaryKey("bucket", "endpoint_id", "reason")
    bucket = models.DateTimeField()
    endpoint_id = models.CharField(max_length=64)
    reason = models.TextField()
    failures = models.BigIntegerField(default=0)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [models.Index(fields=["reason", "bucket"], name="tally_of_reason")]

    def __str__(self) -> str:
        return f"{self.bucket:%Y-%m-%d %H:%M} {self.reason}"


class ChangedDay(models.Model):
    """A day (UTC) that the summary has to count anew. It may stand here more than once."""

    day = models.DateField()
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.day.isoformat()


class LogSourceKind(models.TextChoices):
    """CONNECTION_LOG: what Client VPN logs. CONNECT_HANDLER: what the Lambda function logs that it asks."""

    CONNECTION_LOG = "connection-log", _("Connection log")
    CONNECT_HANDLER = "connect-handler", _("Client connect handler")


class LogSource(SnapshotModel):
    """A log group of an account, and how far it has been read.

    ``read_until``: everything that CloudWatch Logs showed up to this publish time has been stored; what is published
    with an older time later is found by reading an overlap anew. ``newest_event_at``: the newest last-update-time read.
    ``named_at``: the last time an endpoint that exists wrote into it. ``streams``: when (ISO 8601) something was last
    published in each log stream.
    """

    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="log_sources")
    log_group = models.CharField(max_length=512)
    # With a default of the database's own: an older version that still runs makes rows without it.
    kind = models.CharField(
        max_length=20,
        choices=LogSourceKind,
        default=LogSourceKind.CONNECTION_LOG,
        db_default=LogSourceKind.CONNECTION_LOG,
    )
    read_until = models.DateTimeField(null=True)
    newest_event_at = models.DateTimeField(null=True)
    events = models.BigIntegerField(default=0)
    streams: "models.Field[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    named_at = models.DateTimeField(null=True)
    deep_read_at = models.DateTimeField(null=True)  # when the longer overlap was last read

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "log_group"], name="one_source_per_log_group")
        ]

    def __str__(self) -> str:
        return self.log_group


class LostLog(models.Model):
    """``source`` was gone from AWS: what was logged from ``since`` to ``until`` (None: it is still gone) is lost."""

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="losses")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source"], condition=models.Q(until=None), name="one_open_loss")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.since:%Y-%m-%d %H:%M}"


class UnreadableLine(models.Model):
    """A line of the log that the parser could not read, or not all of it. ``problem`` says why.

    ``problem``: ``not-json``, ``kind``, ``connection-id``, ``client-vpn-endpoint-id``, ``time``, or the name of a field
    whose value was left out of an event that is kept otherwise.
    """

    source = models.ForeignKey(
        LogSource, on_delete=models.CASCADE, null=True, related_name="unreadable_lines"
    )
    problem = models.CharField(max_length=64)
    digest = models.BigIntegerField()
    published_at = models.DateTimeField(null=True)
    first_read_at = models.DateTimeField(auto_now_add=True)
    raw = models.TextField()

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest", "problem"], name="unreadable_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["-first_read_at"], name="unreadable_newest")]

    def __str__(self) -> str:
        return f"{self.problem} {self.digest}"
