"""`/api/connections/live/`: who was connected at the last snapshot of each endpoint."""

from datetime import datetime

from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.audit_trail import record_api_use
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.audit import targets
from portal.audit.tags import Tag
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import find_attempts
from vpn.connection_log.models import Connection
from vpn.endpoints.models import LiveConnection
from vpn.live_connections import queries

router = Router(auth=TokenAuth(Permission.CONNECTION_READ))


class LiveConnectionSchema(BaseModel):
    """Somebody who was connected at ``seen_at``. ``device_ip`` and mostly the name come from the log, minutes later."""

    connection_id: str
    username: str | None
    endpoint_id: str
    endpoint: str
    client_ip: str | None
    client_ip_v6: str | None
    device_ip: str | None
    device_type: str | None
    established_at: datetime | None
    ingress_bytes: int
    egress_bytes: int
    seen_at: datetime | None
    client_version: str | None


class LiveConnectionListSchema(BaseModel):
    """``unknown``: endpoints (or accounts) that were not looked at lately. Of these, who is connected isn't known."""

    connections: list[LiveConnectionSchema]
    unknown: list[str]


@router.api_operation(
    ["GET", "HEAD"],
    "/connections/live/",
    url_name="api_connections_live",
    response=LiveConnectionListSchema,
    summary="Who was connected at the last snapshot of each endpoint",
)
def live_connections(request: ApiRequest) -> LiveConnectionListSchema:
    rows = list(queries.current_connections())
    logged = queries.logged_connections(rows)
    attempts = find_attempts(row.connection_id for row in rows)
    connections = [
        _schema(row, logged.get(row.connection_id), attempts.get(row.connection_id)) for row in rows
    ]
    record_api_use(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("live"),
        people=[connection.username for connection in connections if connection.username],
        conditions={"page": "live"},
    )
    return LiveConnectionListSchema(
        connections=connections, unknown=queries.unseen_names(queries.quota_usage())
    )


def _schema(
    row: LiveConnection, logged: Connection | None, attempt: ConnectAttempt | None
) -> LiveConnectionSchema:
    return LiveConnectionSchema(
        connection_id=row.connection_id,
        username=queries.live_username(row, logged) or None,
        endpoint_id=row.endpoint.endpoint_id,
        endpoint=row.endpoint.label,
        client_ip=row.client_ip,
        client_ip_v6=row.client_ip_v6,
        device_ip=logged.device_ip if logged else None,
        device_type=logged.device_type if logged else None,
        established_at=row.established_at,
        ingress_bytes=row.ingress_bytes,
        egress_bytes=row.egress_bytes,
        seen_at=row.endpoint.connections_seen_at,
        client_version=(attempt.client_version or None) if attempt else None,
    )
