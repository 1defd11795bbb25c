"""Connections as the API shows them. The members of ConnectionSchema are the columns of the export."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel

from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import find_attempts
from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.search.conditions import OutcomeFilter
from vpn.connection_log.search.people import display_names
from vpn.endpoints.models import Endpoint


class ConnectionSchema(BaseModel):
    """A connection or an attempt. ``at``: its start, or the time of its first event where there is no start.

    ``status``: connected, ended, failed or unfinished; also sign-in, of one that is asked for by its id. ``name``: the
    person whom the portal knows by that username. Ingress is what the client sent. ``policy_result`` (permit, deny,
    error) and the like: what the endpoint's authorization policy said last; ``policy_devices``: device tokens, such as
    ``crowdstrike=failed:token-expired``. ``client_version`` and what follows: what the client connect handler logged
    (null: nothing is known); ``groups``: those that the VPN saw.
    """

    connection_id: str
    at: datetime
    username: str | None
    name: str | None
    status: str
    failure_reason: str | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None
    device_ip: str | None
    client_ip: str | None
    client_ip_v6: str | None
    device_type: str | None
    endpoint: str | None
    endpoint_id: str
    ingress_bytes: int
    egress_bytes: int
    ingress_packets: int
    egress_packets: int
    transport_protocol: str | None
    port: int | None
    common_name: str | None
    updated_at: datetime
    policy_result: str | None
    policy_type: str | None
    policy_reason: str | None
    policy_shadow_mode: str | None
    policy_devices: str | None
    client_version: str | None
    platform: str | None
    platform_version: str | None
    groups: list[str] | None
    handler_decision: str | None
    handler_reason: str | None


def connection_schemas(rows: Sequence[Connection]) -> list[ConnectionSchema]:
    """For rows whose users were loaded with them; names and endpoints are looked up for all rows together."""
    names = display_names(row.user.username for row in rows if row.user)
    labels = dict(Endpoint.objects.values_list("endpoint_id", "label"))
    attempts = find_attempts(row.connection_id for row in rows)
    return [
        _connection_schema(row, attempts.get(row.connection_id), names=names, labels=labels) for row in rows
    ]


def _status(row: Connection) -> str:
    return OutcomeFilter.CONNECTED.value if row.status == ConnectionStatus.OPEN else row.status


def _connection_schema(
    row: Connection, attempt: ConnectAttempt | None, *, names: Mapping[str, str], labels: dict[str, str]
) -> ConnectionSchema:
    username = row.user.username if row.user else None
    return ConnectionSchema(
        connection_id=row.connection_id,
        at=row.at,
        username=username,
        name=names.get(username) if username else None,
        status=_status(row),
        failure_reason=row.failure_reason,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_seconds=row.duration_seconds if row.status == ConnectionStatus.ENDED else None,
        device_ip=row.device_ip,
        client_ip=row.client_ip,
        client_ip_v6=row.client_ip_v6,
        device_type=row.device_type,
        endpoint=labels.get(row.endpoint_id),
        endpoint_id=row.endpoint_id,
        ingress_bytes=row.ingress_bytes,
        egress_bytes=row.egress_bytes,
        ingress_packets=row.ingress_packets,
        egress_packets=row.egress_packets,
        transport_protocol=row.transport_protocol,
        port=row.port,
        common_name=row.common_name,
        updated_at=row.updated_at,
        policy_result=row.policy_result,
        policy_type=row.policy_type,
        policy_reason=row.policy_reason,
        policy_shadow_mode=row.policy_shadow_mode,
        policy_devices=row.policy_devices,
        # Empty is what AWS didn't tell, and null in the API as everywhere else.
        client_version=(attempt.client_version or None) if attempt else None,
        platform=(attempt.platform or None) if attempt else None,
        platform_version=(attempt.platform_version or None) if attempt else None,
        groups=attempt.groups if attempt else None,
        handler_decision=attempt.decision if attempt else None,
        handler_reason=attempt.reason if attempt else None,
    )
