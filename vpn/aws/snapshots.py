"""AWS's answers to Describe calls, as frozen values with AWS's own words for statuses. Times are UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class TargetNetwork:
    """``status`` as AWS names it: ``associating``, ``associated``, …; ``message``: AWS's reason for it.

    An endpoint with a transit gateway is associated with ``availability_zone`` instead of a subnet of a VPC.
    """

    association_id: str
    subnet_id: str
    vpc_id: str
    status: str
    message: str = ""
    security_groups: tuple[str, ...] = ()
    availability_zone: str = ""

    @property
    def place(self) -> str:
        """The subnet, or the zone where there is none."""
        return self.subnet_id or self.availability_zone


@dataclass(frozen=True)
class AuthorizationRule:
    """``group_id`` empty and ``access_all``: everyone who can authenticate."""

    destination_cidr: str
    group_id: str
    access_all: bool
    description: str
    status: str
    message: str = ""


@dataclass(frozen=True)
class Route:
    """``origin`` is ``associate`` for a route that an association made, else ``add-route``.

    ``target_subnet`` is empty for a route through the endpoint's transit gateway, which all its zones have;
    ``attachment_id`` is that way then.
    """

    destination_cidr: str
    target_subnet: str
    origin: str
    status: str
    description: str = ""
    message: str = ""
    attachment_id: str = ""


@dataclass(frozen=True)
class ConnectionSnapshot:
    """``username`` may be empty: AWS promises it for Active Directory only. ``ingress_bytes``: sent by the client.

    ``client_ip`` and ``client_ip_v6`` are the addresses in the VPN; AWS writes ``-`` for one that there isn't.
    """

    connection_id: str
    username: str
    common_name: str
    client_ip: str
    status: str
    established_at: datetime | None
    ingress_bytes: int
    egress_bytes: int
    client_ip_v6: str = ""


@dataclass(frozen=True)
class EndpointSnapshot:
    """One Client VPN endpoint. ``settings``: what Create and Modify can set, with the members of Describe's answer."""

    endpoint_id: str
    description: str
    status: str
    status_message: str
    dns_name: str
    client_cidr_block: str
    vpc_id: str
    split_tunnel: bool
    transport_protocol: str
    vpn_port: int
    session_timeout_hours: int | None
    authentication: tuple[str, ...]
    log_group: str
    tags: dict[str, str]
    dns_servers: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    self_service_portal_url: str = ""
    created_at: str = ""
    traffic_ip_address_type: str = "ipv4"
    transit_gateway_id: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RouteTarget:
    """Where a subnet's default route leads: the id of a gateway (``nat-…``, ``igw-…``, …); ``blackhole``: nowhere."""

    target: str
    blackhole: bool = False


@dataclass(frozen=True)
class RouteTable:
    """``main``: of its VPC. ``default_ipv4``, ``default_ipv6``: None without a default route."""

    route_table_id: str
    vpc_id: str
    main: bool
    subnet_ids: tuple[str, ...]
    default_ipv4: RouteTarget | None
    default_ipv6: RouteTarget | None


@dataclass(frozen=True)
class NatGatewayAddress:
    public_ip: str
    allocation_id: str
    status: str


@dataclass(frozen=True)
class NatGateway:
    """``connectivity`` is ``public`` or ``private``; ``availability_mode`` ``zonal`` or ``regional``.

    ``may_grow``: AWS may add addresses by itself (AutoScalingIps or AutoProvisionZones is on).
    """

    nat_gateway_id: str
    state: str
    connectivity: str
    availability_mode: str
    addresses: tuple[NatGatewayAddress, ...]
    failure_message: str = ""
    may_grow: bool = False


@dataclass(frozen=True)
class ElasticIp:
    """``service_managed``: the AWS service that created it and may release it, or empty."""

    allocation_id: str
    public_ip: str
    service_managed: str = ""


@dataclass(frozen=True)
class Tunnel:
    """``status`` is UP or DOWN."""

    outside_ip: str
    status: str
    message: str
    changed_at: str


@dataclass(frozen=True)
class SiteToSiteVpnSnapshot:
    vpn_connection_id: str
    state: str
    name: str
    customer_gateway_id: str
    tunnels: tuple[Tunnel, ...]


@dataclass(frozen=True)
class ClientVpnAttachment:
    """An endpoint's attachment to a transit gateway. ``owner``: the account that has the transit gateway."""

    attachment_id: str
    endpoint_id: str
    transit_gateway_id: str
    owner: str
    state: str


@dataclass(frozen=True)
class Subnet:
    """``zone`` is its Availability Zone's id, the same in every account, or else the name; ``free``: addresses."""

    subnet_id: str
    vpc_id: str
    zone: str
    zone_name: str
    cidr: str
    free: int
    name: str = ""


@dataclass(frozen=True)
class NetworkSnapshot:
    """The network between the subnets of an account and region, and the internet."""

    route_tables: tuple[RouteTable, ...] = field(default=())
    nat_gateways: tuple[NatGateway, ...] = field(default=())
    elastic_ips: tuple[ElasticIp, ...] = field(default=())
    site_to_site_vpns: tuple[SiteToSiteVpnSnapshot, ...] = field(default=())


@dataclass(frozen=True)
class AcmCertificate:
    """``status`` as ACM names it: ``ISSUED``, ``EXPIRED``, ``REVOKED``, …; ``serial``: hexadecimal, with colons.

    ``renews_itself``: ACM issued it and will renew it. One that was imported is never renewed by ACM.
    """

    domain_name: str
    serial: str
    status: str
    not_after: datetime | None
    renews_itself: bool


@dataclass(frozen=True)
class SamlProvider:
    """``metadata``: the identity provider's XML. ``valid_until``: IAM's date, None where it gives none."""

    metadata: str
    valid_until: datetime | None


@dataclass(frozen=True)
class StackSnapshot:
    """A CloudFormation stack. ``status`` as AWS names it; values of parameters and outputs are texts."""

    name: str
    status: str
    parameters: dict[str, str]
    outputs: dict[str, str]


@dataclass(frozen=True)
class IdentityStoreGroup:
    """A group of IAM Identity Center. ``group_id`` is what authorization rules name; ``name`` may be empty."""

    group_id: str
    name: str


@dataclass(frozen=True)
class IdentityStoreUser:
    """A person of IAM Identity Center. ``email``: the primary one, or else the first."""

    user_id: str
    username: str
    name: str
    email: str


@dataclass(frozen=True)
class TrailEvent:
    """A call that CloudTrail has recorded. ``source``: the service, such as ``ec2.amazonaws.com``.

    ``actor_kind``: userIdentity's type (``IAMUser``, ``AssumedRole``, ``Root``, ``AWSService``, …). ``actor``: the
    user, or a role's session; ``role``: the role. ``account``: the caller's own, ``recipient``: the one that was
    changed. ``source_address`` and ``user_agent`` may name a service. ``parameters``: of the request, by their names in
    small letters. ``resources``: what the event names.
    """

    event_id: str
    name: str
    source: str
    at: datetime
    actor_kind: str
    actor: str
    arn: str = ""
    role: str = ""
    account: str = ""
    recipient: str = ""
    invoked_by: str = ""
    source_address: str = ""
    user_agent: str = ""
    error_code: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricQuery:
    """A metric of CloudWatch. ``statistic``: Sum, Maximum, …; ``dimensions``: names and values."""

    namespace: str
    name: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MetricSeries:
    """Its values by the moment at which their time begins. Not ``complete``: CloudWatch had more and failed to say."""

    query: MetricQuery
    points: dict[datetime, float]
    complete: bool


@dataclass(frozen=True)
class ClientVpnPrices:
    """For an hour of an associated subnet, and of a connection."""

    currency: str
    association_hour: Decimal
    connection_hour: Decimal


@dataclass(frozen=True)
class TunnelMaintenanceSnapshot:
    """``pending``: in AWS's words, of which it publishes none. ``applied_after``: AWS then does it by itself."""

    pending: str
    applied_after: datetime | None
    last_applied: datetime | None


@dataclass(frozen=True)
class QueueMessage:
    """``receipt`` is good for deleting the message, until SQS hands it out anew."""

    message_id: str
    receipt: str
    body: str
