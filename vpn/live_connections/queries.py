"""The snapshots of who is connected, joined with the log by connection id.

AWS promises a user name in DescribeClientVpnConnections for Active Directory only; device and source IP are in the log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F, QuerySet
from django.utils import timezone

from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import find_attempts
from vpn.connection_log import units
from vpn.connection_log.models import LONGEST_SESSION, Connection
from vpn.connection_log.search.people import display_names
from vpn.connection_log.search.rows import NOTHING, SYSTEMS, person_query
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.quotas.limits import Limits
from vpn.quotas.queries import concurrent_connections, limits_by_account
from vpn.quotas.texts import quota_origin

MAX_SHOWN: Final = 500


@dataclass(frozen=True)
class LiveConnectionRow:
    """``logged``: the log knows the connection already; where not, only AWS's snapshot speaks."""

    row: LiveConnection
    name: str
    username: str
    device: str
    device_ip: str
    duration: str
    sent: str
    received: str
    logged: bool
    client: str = ""

    @property
    def search(self) -> str:
        return person_query(self.username)


@dataclass(frozen=True)
class ConnectionQuotaUsage:
    """``quota`` 0: no subnet is associated; ``origin``: where it is from, in words.

    ``stale``: the endpoint has not been looked at lately.
    """

    endpoint: Endpoint
    connected: int
    quota: int
    origin: str
    stale: bool

    @property
    def percent(self) -> float:
        return 100 * self.connected / self.quota if self.quota else 0.0


def quota_usage() -> list[ConnectionQuotaUsage]:
    """Of each endpoint that AWS still has."""
    limits = limits_by_account()
    return [
        _quota_usage(count, limits[count.endpoint.account_id])
        for count in endpoints.known_endpoints()
        if count.endpoint.vanished_at is None
    ]


def _quota_usage(count: endpoints.EndpointConnectionCount, limits: Limits) -> ConnectionQuotaUsage:
    limit = concurrent_connections(count.endpoint, limits)
    return ConnectionQuotaUsage(
        endpoint=count.endpoint,
        connected=count.connected,
        quota=limit.value,
        origin=quota_origin(limit.source, limit.seen_at),
        stale=endpoints.is_stale(count.endpoint),
    )


def unseen_names(usage: Iterable[ConnectionQuotaUsage]) -> list[str]:
    """Endpoints, and accounts, of which nobody knows who is connected now; only without any is nobody nobody."""
    names = [use.endpoint.label for use in usage if use.stale or use.endpoint.connections_seen_at is None]
    return [*names, *endpoints.unseen_account_names()]


def live_rows(endpoint: Endpoint | None = None, *, newest: int | None = MAX_SHOWN) -> list[LiveConnectionRow]:
    """The newest of an endpoint, or of all endpoints together. ``newest`` None: all of them."""
    current = current_connections()
    rows = list((current.filter(endpoint=endpoint) if endpoint else current)[:newest])
    logged = logged_connections(rows)
    names = display_names(live_username(row, logged.get(row.connection_id)) for row in rows)
    attempts = find_attempts(row.connection_id for row in rows)
    now = timezone.now()
    return [
        _live(row, logged.get(row.connection_id), attempts.get(row.connection_id), names, now) for row in rows
    ]


def current_connections() -> QuerySet[LiveConnection]:
    """Of the endpoints that AWS has now, newest first."""
    rows = LiveConnection.objects.select_related("endpoint").filter(endpoint__vanished_at=None)
    return rows.order_by(F("established_at").desc(nulls_last=True), "connection_id")


def logged_connections(rows: Iterable[LiveConnection]) -> dict[str, Connection]:
    """What the log knows of them already, by connection id."""
    ids = [row.connection_id for row in rows]
    since = timezone.now() - 2 * LONGEST_SESSION
    logged = Connection.objects.select_related("user").filter(connection_id__in=ids, at__gte=since)
    return {row.connection_id: row for row in logged}


def live_username(row: LiveConnection, known: Connection | None) -> str:
    """The name in the log, if it is there; else the one in AWS's snapshot; empty if neither has any."""
    return known.user.username if known and known.user else row.username or row.common_name


def _live(
    row: LiveConnection,
    known: Connection | None,
    attempt: ConnectAttempt | None,
    names: Mapping[str, str],
    now: datetime,
) -> LiveConnectionRow:
    username = live_username(row, known)
    began = row.established_at or (known.at if known else None)
    return LiveConnectionRow(
        row=row,
        name=names.get(username, ""),
        username=username,
        device=_device(known, attempt),
        device_ip=(known.device_ip or "") if known else "",
        duration=units.format_duration(max(int((now - began).total_seconds()), 0)) if began else NOTHING,
        sent=units.format_size(row.ingress_bytes),
        received=units.format_size(row.egress_bytes),
        logged=known is not None,
        client=attempt.client_version if attempt else "",
    )


def _device(known: Connection | None, attempt: ConnectAttempt | None) -> str:
    """By the log, else by what the client connect handler saw, which is often there first."""
    device = (known.device_type if known else "") or (attempt.platform if attempt else "")
    return SYSTEMS.get(device, device)
