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
# Of DescribeClientVpnEndpoints: what Create and Modify can set, in the words of the answer. Whether the self-service
# portal is on is only to be seen by its URL.
SETTINGS: Final = (
    "AuthenticationOptions",
    "ClientCidrBlock",
    "ClientConnectOptions",
    "ClientLoginBannerOptions",
    "ClientRouteEnforcementOptions",
    "ConnectionLogOptions",
    "Description",
    "DisconnectOnSessionTimeout",
    "DnsServers",
    "EndpointIpAddressType",
    "SecurityGroupIds",
    "SelfServicePortalUrl",
    "ServerCertificateArn",
    "SessionTimeoutHours",
    "SplitTunnel",
    "TrafficIpAddressType",
    "TransportProtocol",
    "VpcId",
    "VpnPort",
)


def endpoints(client: "EC2Client", *, tag: str) -> list[snapshots.EndpointSnapshot]:
    """Endpoints that carry ``tag`` (``key=value``), or all for ``*``; without those that are being deleted.

    AWS documents no tag filter for this call, so the tags are compared here.
    """
    with translated():
        pages = client.get_paginator("describe_client_vpn_endpoints").paginate()
        found = [_endpoint(raw) for page in pages for raw in page["ClientVpnEndpoints"]]
    key, _, value = tag.partition("=")
    return [
        endpoint
        for endpoint in found
        if endpoint.status not in {"deleting", "deleted"}
        and (tag == ANY_TAG or endpoint.tags.get(key) == value)
    ]


def endpoint(client: "EC2Client", *, endpoint_id: str) -> snapshots.EndpointSnapshot:
    """One, whatever its tags and status. Raises NotFound also where AWS answers without it."""
    with translated():
        answer = client.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint_id])
        found = [raw for raw in answer["ClientVpnEndpoints"] if raw["ClientVpnEndpointId"] == endpoint_id]
        if found:
            return _endpoint(found[0])
    raise NotFound(code="InvalidClientVpnEndpointId.NotFound", message="")


def target_networks(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.TargetNetwork]:
    """Disassociated ones may still be listed: look at the status."""
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
            )
            for page in pages
            for raw in _of(endpoint_id, page["ClientVpnTargetNetworks"])
        ]


def authorization_rules(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.AuthorizationRule]:
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
            for raw in _of(endpoint_id, page["AuthorizationRules"])
        ]


def routes(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.Route]:
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
            )
            for page in pages
            for raw in _of(endpoint_id, page["Routes"])
        ]


def active_connections(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.ConnectionSnapshot]:
    """AWS lists ended connections for 60 minutes more; those are left out.

    No ``status`` filter: AWS's own sample uses one, its documentation doesn't know it.
    """
    return [one for one in connections(client, endpoint_id=endpoint_id) if one.status == ACTIVE]


def connections(client: "EC2Client", *, endpoint_id: str) -> list[snapshots.ConnectionSnapshot]:
    """Also those that are being terminated, and those that have ended in the last 60 minutes."""
    with translated():
        pages = client.get_paginator("describe_client_vpn_connections").paginate(
            ClientVpnEndpointId=endpoint_id
        )
        return [_connection(raw) for page in pages for raw in _of(endpoint_id, page["Connections"])]


def client_configuration(client: "EC2Client", *, endpoint_id: str) -> str:
    """The ``.ovpn`` text, as AWS returns it."""
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
        # AWS shows it as a wildcard: every client puts a random label of its own in front.
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
        settings={name: raw[name] for name in SETTINGS if name in raw},
    )


def _of(endpoint_id: str, items: Iterable[Any]) -> Iterator[Any]:
    """Only what says it is this endpoint's: AWS has answered with more than was asked for before."""
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
    )


def _moment(text: str) -> datetime | None:
    """``2019-08-12 07:58:34``; AWS names no zone, and UTC is assumed. ``-`` and the like are None."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _counter(text: str) -> int:
    """Every counter is a string; one that is no number counts as nothing."""
    return int(text) if text.isascii() and text.isdigit() else 0
