"""`/api/endpoints/` and `/api/egress-addresses/`: what AWS last said."""

from datetime import datetime

import msgspec

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest
from portal.access.tokens.problems import ApiError
from vpn.api.describe import Described, answers
from vpn.connection_log.log_event import IDENTIFIER
from vpn.endpoints import queries


class EndpointSchema(msgspec.Struct, kw_only=True):
    """A Client VPN endpoint. ``seen_at``: when AWS last said so; ``error``: why a newer look failed, or null."""

    endpoint_id: str
    label: str
    account: str
    region: str
    status: str
    connected: int | None
    split_tunnel: bool
    transport_protocol: str
    vpn_port: int
    client_cidr_block: str
    egress_addresses: list[str]
    connection_logging: bool
    configuration_sha256: str | None
    seen_at: datetime | None
    connections_seen_at: datetime | None
    vanished_at: datetime | None
    error: str | None


class EndpointListSchema(msgspec.Struct):
    endpoints: list[EndpointSchema]


class EgressAddressSchema(msgspec.Struct):
    """A fixed IP address that the internet sees, and the endpoint whose traffic leaves by it."""

    address: str
    endpoint_id: str
    endpoint: str
    seen_at: datetime | None


class EgressAddressListSchema(msgspec.Struct):
    egress_addresses: list[EgressAddressSchema]


@answers(
    Described(
        summary="Every endpoint that was ever seen; those that are gone from AWS at the end",
        answer=EndpointListSchema,
        permission=Permission.ENDPOINT_READ,
    )
)
def endpoints(request: ApiRequest) -> EndpointListSchema:
    return EndpointListSchema([_endpoint(found) for found in queries.known_endpoints()])


@answers(
    Described(
        summary="One endpoint",
        answer=EndpointSchema,
        permission=Permission.ENDPOINT_READ,
        problems=("not-found",),
    )
)
def endpoint(request: ApiRequest, endpoint_id: str) -> EndpointSchema:
    found = queries.known_endpoint(endpoint_id) if IDENTIFIER.fullmatch(endpoint_id) else None
    if found is None:
        raise ApiError("not-found")
    return _endpoint(found)


@answers(
    Described(
        summary="The fixed IP addresses of the endpoints that AWS has now",
        answer=EgressAddressListSchema,
        permission=Permission.EGRESS_READ,
    )
)
def egress_addresses(request: ApiRequest) -> EgressAddressListSchema:
    return EgressAddressListSchema(
        [
            EgressAddressSchema(address, found.endpoint_id, found.label, found.seen_at)
            for found in queries.visible_endpoints()
            for address in found.egress_ips
        ]
    )


def _endpoint(found: queries.EndpointConnectionCount) -> EndpointSchema:
    row = found.endpoint
    known = row.connections_seen_at is not None and row.vanished_at is None
    return EndpointSchema(
        endpoint_id=row.endpoint_id,
        label=row.label,
        account=row.account.name,
        region=row.account.region,
        status=row.status,
        connected=found.connected if known else None,
        split_tunnel=row.split_tunnel,
        transport_protocol=row.transport_protocol,
        vpn_port=row.vpn_port,
        client_cidr_block=row.client_cidr_block,
        egress_addresses=list(row.egress_ips),
        connection_logging=bool(row.log_group),
        configuration_sha256=row.configuration_hash or None,
        seen_at=row.seen_at,
        connections_seen_at=row.connections_seen_at,
        vanished_at=row.vanished_at,
        error=row.error_id or None,
    )
