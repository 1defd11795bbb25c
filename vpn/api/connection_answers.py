"""Connections as the API tells of them. The members of Connection are the columns of the export."""

from datetime import datetime

import msgspec

from vpn.connection_log import models
from vpn.connection_log.models import ConnectionStatus
from vpn.connection_log.search.conditions import LONGEST_SESSION, OutcomeFilter
from vpn.connection_log.search.people import names_of
from vpn.endpoints.models import Endpoint


class ConnectionSchema(msgspec.Struct, kw_only=True):
    """A connection or an attempt. ``at``: its start, or its first event's time where there is no start.

    ``status``: connected, ended, failed or unfinished; of one that is asked for by its id also sign-in. ``name``: who
    the portal knows by that username. Ingress is what the client sent.
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


class ConnectionListSchema(msgspec.Struct):
    """Newest first. ``next``: where the older ones are; null at the end."""

    connections: list[ConnectionSchema]
    next: str | None


class ConnectionEventSchema(msgspec.Struct):
    """``raw``: what AWS wrote."""

    at: datetime
    raw: str


class ConnectionDetailSchema(ConnectionSchema, kw_only=True):
    """One connection with its events, oldest first."""

    events: list[ConnectionEventSchema]


def of_rows(rows: list[models.Connection], *, now: datetime) -> list[ConnectionSchema]:
    """Their users must have been loaded; names and endpoints are looked up together."""
    names = names_of(row.user.username for row in rows if row.user)
    labels = dict(Endpoint.objects.values_list("endpoint_id", "label"))
    return [_connection(row, names=names, labels=labels, now=now) for row in rows]


def status_of(row: models.Connection, *, now: datetime) -> str:
    """One whose end should have been logged long ago has ended."""
    if row.status == ConnectionStatus.OPEN:
        return OutcomeFilter.CONNECTED.value if row.at >= now - LONGEST_SESSION else OutcomeFilter.ENDED.value
    return row.status


def _connection(
    row: models.Connection, *, names: dict[str, str], labels: dict[str, str], now: datetime
) -> ConnectionSchema:
    username = row.user.username if row.user else None
    return ConnectionSchema(
        connection_id=row.connection_id,
        at=row.at,
        username=username,
        name=names.get(username.lower()) if username else None,
        status=status_of(row, now=now),
        failure_reason=row.failure_reason,
        started_at=row.started_at,
        ended_at=row.end,
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
    )
