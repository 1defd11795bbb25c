"""Reading Client VPN endpoints.

IAM: ec2:DescribeClientVpnEndpoints (resource *); on the endpoint ec2:DescribeClientVpnTargetNetworks,
DescribeClientVpnAuthorizationRules, DescribeClientVpnRoutes, DescribeClientVpnConnections,
ExportClientVpnClientConfiguration.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from vpn.aws import snapshots
from vpn.aws.errors import NotFound, translated

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

ANY_TAG = "*"
ACTIVE = "active"
# Members of DescribeClientVpnEndpoints' answer that CreateClientVpnEndpoint and ModifyClientVpnEndpoint can set. AWS
# shows whether the self-service portal is on only by its URL.
SETTINGS: Final = (
    "AuthenticationOptions",
    "ClientCidrBlock",
    "ClientConnectOptions",
    "ClientLoginBannerOptions",
    "ClientRouteEnforcementOptions",
    "ConnectionLogOptions",
    "Description",
    "DevicePostureOptions",
    "DisconnectOnSessionTimeout",
    "DnsServers",
    "EndpointIpAddressType",
    "SecurityGroupIds",
    "SelfServicePortalUrl",
    "ServerCertificateArn",
    "SessionTimeoutHours",
    "SplitTunnel",
    "TrafficIpAddressType",
    "TransitGatewayConfiguration",
    "TransportProtocol",
    "VpcId",
    "VpnPort",
)


def endpoints(client: "EC2Client", *, tag: str) -> list[snapshots.EndpointSnapshot]:
    """DescribeClientVpnEndpoints: those with ``tag`` (``key=value``), or all for ``*``. Raises AwsError.

    Endpoints that are being deleted are left out.
    """
    with translated():
        pages = client.get_paginator("describe_client_vpn_endpoints").paginate()
        every_endpoint = [_endpoint(raw) for page in pages for raw in page["ClientVpnEndpoints"]]
    # AWS documents no tag filter for this call, so the tags are compared here.
    key, _, value = tag.partition("=")
    return [
        endpoint
        for endpoint in every_endpoint
        if endpoint.status not in {"deleting", "deleted"}
        and (tag == ANY_TAG or endpoint.tags.get(key) == value)
    ]


def endpoint(client: "EC2Client", *, endpoint_id: str) -> snapshots.EndpointSnapshot:
    """DescribeClientVpnEndpoints for one id, whatever its tags and status.

    Raises NotFound, also where AWS answers without it, and any other AwsError.
    """
    with translated():
        answer = client.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint_id])
        answered = [raw for raw in answer["ClientVpnEndpoints"] if raw["ClientVpnEndpointId"] == endpoint_id]
        if answered:
            return _endpoint(answered[0])
    raise NotFound(code="InvalidClientVpnEndpointId.NotFound", message="")


def target_networks(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.TargetNetwork]:
    """DescribeClientVpnTargetNetworks. Raises AwsError. AWS may still list disassociated networks: see the status."""
    with translated():
        pages = client.get_paginator("describe_client_vpn_target_networks").paginate(
            ClientVpnEndpointId=endpoint_id
        )
        return [
            snapshots.TargetNetwork(
                association_id=raw["AssociationId"],
                subnet_id=raw.get("TargetNetworkId", ""),
                vpc_id=raw.get("VpcId", ""),
                status=raw["Status"]["Code"],
                message=raw["Status"].get("Message", ""),
                security_groups=tuple(raw.get("SecurityGroups", ())),
                availability_zone=next(iter(raw.get("AvailabilityZones", ())), ""),
            )
            for page in pages
            for raw in _belonging_to(endpoint_id, page["ClientVpnTargetNetworks"])
        ]


def authorization_rules(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.AuthorizationRule]:
    """DescribeClientVpnAuthorizationRules. Raises AwsError. A revoked rule is no longer listed."""
    with translated():
        paginator = client.get_paginator("describe_client_vpn_authorization_rules")
        return [
            snapshots.AuthorizationRule(
                destination_cidr=raw["DestinationCidr"],
                group_id=raw.get("GroupId", ""),
                access_all=raw.get("AccessAll", False),
                description=raw.get("Description", ""),
                status=raw["Status"]["Code"],
                message=raw["Status"].get("Message", ""),
            )
            for page in paginator.paginate(ClientVpnEndpointId=endpoint_id)
            for raw in _belonging_to(endpoint_id, page["AuthorizationRules"])
        ]


def routes(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.Route]:
    """DescribeClientVpnRoutes, those that an association made included. Raises AwsError."""
    with translated():
        pages = client.get_paginator("describe_client_vpn_routes").paginate(ClientVpnEndpointId=endpoint_id)
        return [
            snapshots.Route(
                destination_cidr=raw["DestinationCidr"],
                target_subnet=raw.get("TargetSubnet", ""),
                origin=raw.get("Origin", ""),
                status=raw["Status"]["Code"],
                description=raw.get("Description", ""),
                message=raw["Status"].get("Message", ""),
                attachment_id=raw.get("TransitGatewayAttachmentId", ""),
            )
            for page in pages
            for raw in _belonging_to(endpoint_id, page["Routes"])
        ]


def active_connections(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.ConnectionSnapshot]:
    """DescribeClientVpnConnections, without those that are ending or have ended. Raises AwsError."""
    # Compared here: a sample by AWS filters by ``status``, but the API reference has no such filter.
    return [
        connection
        for connection in connections(client, endpoint_id=endpoint_id)
        if connection.status == ACTIVE
    ]


def connections(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.ConnectionSnapshot]:
    """DescribeClientVpnConnections. Raises AwsError. AWS lists a connection for 60 minutes after its end."""
    with translated():
        pages = client.get_paginator("describe_client_vpn_connections").paginate(
            ClientVpnEndpointId=endpoint_id
        )
        return [_connection(raw) for page in pages for raw in _belonging_to(endpoint_id, page["Connections"])]


def client_configuration(client: "EC2Client", *, endpoint_id: str) -> str:
    """ExportClientVpnClientConfiguration: the ``.ovpn`` text, as AWS returns it. Raises AwsError."""
    with translated():
        answer = client.export_client_vpn_client_configuration(ClientVpnEndpointId=endpoint_id)
        return answer["ClientConfiguration"]


def _endpoint(raw: Any) -> snapshots.EndpointSnapshot:
    logging = raw.get("ConnectionLogOptions", {})
    return snapshots.EndpointSnapshot(
        endpoint_id=raw["ClientVpnEndpointId"],
        description=raw.get("Description", ""),
        status=raw["Status"]["Code"],
        status_message=raw["Status"].get("Message", ""),
        # AWS shows a wildcard, because each client puts a random label of its own in front.
        dns_name=raw.get("DnsName", "").removeprefix("*."),
        client_cidr_block=raw.get("ClientCidrBlock", ""),
        vpc_id=raw.get("VpcId", ""),
        split_tunnel=raw.get("SplitTunnel", False),
        transport_protocol=raw.get("TransportProtocol", ""),
        vpn_port=raw.get("VpnPort", 443),
        session_timeout_hours=raw.get("SessionTimeoutHours"),
        authentication=tuple(option["Type"] for option in raw.get("AuthenticationOptions", ())),
        log_group=logging.get("CloudwatchLogGroup", "") if logging.get("Enabled") else "",
        tags={tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())},
        dns_servers=tuple(raw.get("DnsServers", ())),
        security_groups=tuple(raw.get("SecurityGroupIds", ())),
        self_service_portal_url=raw.get("SelfServicePortalUrl", ""),
        created_at=raw.get("CreationTime", ""),
        traffic_ip_address_type=raw.get("TrafficIpAddressType", "ipv4"),
        transit_gateway_id=raw.get("TransitGatewayConfiguration", {}).get("TransitGatewayId", ""),
        settings={name: raw[name] for name in SETTINGS if name in raw},
    )


def _belonging_to(endpoint_id: str, items: Iterable[Any]) -> Iterator[Any]:
    """Only the items of this endpoint."""
    # AWS has answered with more than was asked for (hashicorp/terraform-provider-aws, issue 11586).
    return (raw for raw in items if raw.get("ClientVpnEndpointId", endpoint_id) == endpoint_id)


def _connection(raw: Any) -> snapshots.ConnectionSnapshot:
    return snapshots.ConnectionSnapshot(
        connection_id=raw["ConnectionId"],
        username=raw.get("Username", ""),
        common_name=raw.get("CommonName", ""),
        client_ip=raw.get("ClientIp", ""),
        status=raw.get("Status", {}).get("Code", ""),
        established_at=_moment(raw.get("ConnectionEstablishedTime", "")),
        ingress_bytes=_counter(raw.get("IngressBytes", "")),
        egress_bytes=_counter(raw.get("EgressBytes", "")),
        client_ip_v6=raw.get("ClientIpv6Address", ""),
    )


def _moment(text: str) -> datetime | None:
    """``2019-08-12 07:58:34``; None for ``-``, which AWS writes where there is no time."""
    try:
        # AWS names no time zone; UTC is assumed.
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _counter(text: str) -> int:
    """AWS sends counters as strings; 0 for one that is no number."""
    return int(text) if text.isascii() and text.isdigit() else 0
