"""`/api/endpoints/`: endpoints as AWS described them at the last snapshot."""

from datetime import datetime

from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from vpn.endpoints import queries

router = Router(auth=TokenAuth(Permission.ENDPOINT_READ))


class EndpointSchema(BaseModel):
    """A Client VPN endpoint. ``seen_at``: the last good snapshot; ``error``: why a newer one failed, or null."""

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


class EndpointListSchema(BaseModel):
    endpoints: list[EndpointSchema]


@router.api_operation(
    ["GET", "HEAD"],
    "/endpoints/",
    url_name="api_endpoints",
    response=EndpointListSchema,
    summary="All endpoints that were ever seen; those that AWS no longer has at the end",
)
def endpoints(request: ApiRequest) -> EndpointListSchema:
    return EndpointListSchema(endpoints=[_schema(counted) for counted in queries.known_endpoints()])


@router.api_operation(
    ["GET", "HEAD"],
    "/endpoints/{endpoint_id}/",
    url_name="api_endpoint",
    response=EndpointSchema,
    summary="One endpoint",
    openapi_extra={"problems": ["not-found"]},
)
def endpoint(request: ApiRequest, endpoint_id: str) -> EndpointSchema:
    # PostgreSQL refuses NUL in a text, with an error.
    counted = queries.known_endpoint(endpoint_id) if "\0" not in endpoint_id else None
    if counted is None:
        raise ApiError("not-found")
    return _schema(counted)


def _schema(counted: queries.EndpointConnectionCount) -> EndpointSchema:
    row = counted.endpoint
    # A number that nobody has counted, or that was counted before the endpoint went, is no number of now.
    connections_known = row.connections_seen_at is not None and row.vanished_at is None
    return EndpointSchema(
        endpoint_id=row.endpoint_id,
        label=row.label,
        account=row.account.name,
        region=row.account.region,
        status=row.status,
        connected=counted.connected if connections_known else None,
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
