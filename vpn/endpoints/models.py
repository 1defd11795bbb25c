"""The last good snapshot of what AWS has, and when and why a newer attempt failed."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class ChangedPart(models.TextChoices):
    """Which part of an endpoint a change is about. EGRESS: the way from one of its subnets to the internet."""

    ENDPOINT = "endpoint", _("Endpoint")
    SETTING = "setting", _("Setting")
    NETWORK = "network", _("Target network")
    RULE = "rule", _("Authorization rule")
    ROUTE = "route", _("Route")
    TAG = "tag", _("Tag")
    EGRESS = "egress", _("Way to the internet")
    CERTIFICATE = "certificate", _("Certificate")
    POLICY = "policy", _("Authorization policy")


class ChangeOrigin(models.TextChoices):
    """Who made a change. UNDECIDED: nobody has looked yet. AWS: it couldn't do what it was asked for."""

    UNDECIDED = "undecided", _("Not known yet")
    PORTAL = "portal", _("An operation of this portal")
    OUTSIDE = "outside", _("Outside this portal")
    AWS = "aws", _("AWS itself")


class SnapshotModel(models.Model):
    """``seen_at``: when the last good snapshot was taken. ``error_id`` empty: the newest attempt succeeded."""

    seen_at = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True)
    error_id = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)

    class Meta:
        abstract = True


class AwsAccount(SnapshotModel):
    """An entry of VPN_ACCOUNTS. One that is removed there keeps its row; its endpoints count as vanished.

    ``subnets`` are those of its endpoints' VPCs, by vpn.aws.snapshots.Subnet's fields; ``egress`` of each is
    vpn.endpoints.egress.SubnetEgress: where the VPC's route tables lead from there.
    """

    name = models.CharField(max_length=100, unique=True)
    region = models.CharField(max_length=40)
    # With a default of the database's own: an older version that still runs makes rows without it.
    subnets: "models.Field[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list, db_default=Value([], models.JSONField())
    )
    subnets_seen_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.name


class Endpoint(SnapshotModel):
    """A Client VPN endpoint. ``settings`` has AWS's own member names (vpn.aws.client_vpn.SETTINGS).

    ``target_networks``, ``authorization_rules`` and ``routes`` are lists of vpn.aws.snapshots' fields, ``egress`` that
    of vpn.endpoints.egress.SubnetEgress; ``configuration`` is what AWS exported, byte for byte.
    """

    # An account that left VPN_ACCOUNTS keeps its row, since operations and the connection log refer to its endpoints.
    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="endpoints")
    endpoint_id = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=256)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=40)
    dns_name = models.CharField(max_length=255, blank=True)
    vpc_id = models.CharField(max_length=40, blank=True)
    client_cidr_block = models.CharField(max_length=43, blank=True)
    split_tunnel = models.BooleanField(default=False)
    transport_protocol = models.CharField(max_length=8, blank=True)
    vpn_port = models.IntegerField(default=443)
    session_timeout_hours = models.IntegerField(null=True)
    authentication: "models.Field[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=64), default=list
    )
    log_group = models.CharField(max_length=512, blank=True)
    settings: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    # The settings that the portal read for the last snapshot: an older version reads fewer, and AWS leaves some out.
    setting_names: "models.Field[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=64),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=64))),
    )
    tags: "models.Field[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    target_networks: "models.Field[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list
    )
    authorization_rules: "models.Field[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list
    )
    routes: "models.Field[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    egress: "models.Field[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    # Of a transit gateway: id, state and owner as DescribeTransitGatewayAttachments tells them, or error_id
    attachment: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )
    egress_ips: "models.Field[list[str], list[str]]" = ArrayField(
        models.GenericIPAddressField(), default=list
    )
    # The last snapshot that had an egress IP: says whether there has ever been one
    egress_known_at = models.DateTimeField(null=True)
    configuration = models.TextField(blank=True)
    configuration_hash = models.CharField(max_length=64, blank=True)
    configuration_changed_at = models.DateTimeField(null=True)
    configuration_seen_at = models.DateTimeField(null=True)
    connections_seen_at = models.DateTimeField(null=True)
    # When AWS made it (its CreationTime): nobody can have connected before. None where AWS doesn't say.
    created_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    vanished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["label", "endpoint_id"]

    def __str__(self) -> str:
        return self.label


class EndpointChange(models.Model):
    """A difference between two snapshots of an endpoint, and who made it as far as that is known.

    ``unchanged_at``: the last snapshot with ``before``; None: there was none. ``noticed_at``: the first one with
    ``after``. ``subject`` tells it from others of its part: a setting, a CIDR block and a subnet or group, an
    association. ``event``: fields of vpn.aws.snapshots.TrailEvent; ``event_id`` and ``actor`` copy two of them.
    ``look_up_at``: when CloudTrail is asked (again); None: it isn't any more. ``error_*``: why the last time failed.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="changes")
    part = models.CharField(max_length=20, choices=ChangedPart)
    subject = models.CharField(max_length=400)
    before: "models.Field[Any, Any]" = models.JSONField(null=True)
    after: "models.Field[Any, Any]" = models.JSONField(null=True)
    unchanged_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField()
    origin = models.CharField(max_length=20, choices=ChangeOrigin, default=ChangeOrigin.UNDECIDED)
    operation = models.ForeignKey(
        "vpn.Operation", on_delete=models.PROTECT, null=True, related_name="endpoint_changes"
    )
    event_id = models.CharField(max_length=64, blank=True)
    actor = models.CharField(max_length=255, blank=True)
    event: "models.Field[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    look_up_at = models.DateTimeField(null=True)
    looked_up_at = models.DateTimeField(null=True)
    error_id = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "-id"], name="change_endpoint"),
            models.Index(fields=["-noticed_at"], name="change_noticed"),
            models.Index(
                fields=["look_up_at"], name="change_look_up", condition=models.Q(look_up_at__isnull=False)
            ),
            models.Index(fields=["id"], name="change_undecided", condition=models.Q(origin="undecided")),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.subject}"


class EgressAddressPeriod(models.Model):
    """From ``since`` until ``until`` (None: still) every snapshot had ``address`` among the endpoint's egress IPs.

    Snapshots are SNAPSHOT_SECONDS apart: the address may have been the endpoint's that much earlier or later.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="egress_address_periods")
    address = models.GenericIPAddressField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [models.Index(fields=["address", "since"], name="egress_period_address")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "address"], condition=models.Q(until=None), name="one_open_egress_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.since:%Y-%m-%d %H:%M}"


class LoggingPeriod(models.Model):
    """From ``since`` until ``until`` (None: still) every snapshot had the endpoint writing its log into ``log_group``.

    ``log_group`` empty: it wrote none. Snapshots are SNAPSHOT_SECONDS apart, so a change may be that much older.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="logging_periods")
    log_group = models.CharField(max_length=512, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=models.Q(until=None), name="one_open_logging_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.log_group} {self.since:%Y-%m-%d %H:%M}"


class LiveConnection(models.Model):
    """Somebody who was connected at ``endpoint.connections_seen_at``. Each snapshot replaces them; never history."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="live_connections")
    connection_id = models.CharField(max_length=64, unique=True)
    username = models.CharField(max_length=255, blank=True)
    common_name = models.CharField(max_length=255, blank=True)
    client_ip = models.GenericIPAddressField(null=True)
    client_ip_v6 = models.GenericIPAddressField(null=True)
    established_at = models.DateTimeField(null=True)
    ingress_bytes = models.BigIntegerField(default=0)
    egress_bytes = models.BigIntegerField(default=0)

    class Meta:
        app_label = "vpn"
        indexes: ClassVar = [models.Index(Lower("username"), name="live_username")]

    def __str__(self) -> str:
        return self.connection_id

    @property
    def client_addresses(self) -> list[str]:
        """Its addresses in the VPN: IPv4, IPv6, or both, as the endpoint's traffic has them."""
        return [address for address in (self.client_ip, self.client_ip_v6) if address]


class SiteToSiteVpn(models.Model):
    """``tunnels`` is a list of vpn.aws.snapshots.Tunnel's fields; its age is that of its account."""

    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="site_to_site_vpns")
    vpn_connection_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=256, blank=True)
    state = models.CharField(max_length=40)
    customer_gateway_id = models.CharField(max_length=40, blank=True)
    tunnels: "models.Field[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    seen_at = models.DateTimeField()
    vanished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return self.name or self.vpn_connection_id
