"""Reading one connection and what lies around it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from vpn.connection_log.log_event import EventKind
from vpn.connection_log.models import (
    CONNECTED,
    LONGEST_SIGN_IN,
    Connection,
    ConnectionEvent,
    ConnectionStatus,
)
from vpn.connection_log.search.people import people_named
from vpn.endpoints.models import LiveConnection

EACH_SIDE: Final = 3


@dataclass(frozen=True)
class NearbyConnections:
    """Newest first; the connection itself is among them."""

    of_person: list[Connection]
    of_device: list[Connection]


def visible_connections() -> QuerySet[Connection]:
    return Connection.objects.exclude(status=ConnectionStatus.SIGN_IN).select_related("user")


def connection_by_id(connection_id: str) -> Connection | None:
    """May be the first leg of a sign-in: a link to it is as old as the time when it was under way."""
    return Connection.objects.select_related("user").filter(connection_id=connection_id).first()


def own_connection(connection_id: str, *, username: str) -> Connection | None:
    """None as well if it is somebody else's."""
    connection = connection_by_id(connection_id)
    return connection if connection and connection.user_id in people_named(username) else None


def sign_in_outcome(leg: Connection) -> Connection | None:
    """The outcome of a sign-in, as vpn/connection_log/neighbours.py decides it.

    None for what is no sign-in's first leg, and where another from the same address could have led there as well.
    """
    if leg.status != ConnectionStatus.SIGN_IN:
        return None
    beside = Connection.objects.select_related("user").filter(
        device_ip=leg.device_ip, endpoint_id=leg.endpoint_id
    )
    if leg.device_type:
        beside = beside.filter(Q(device_type=leg.device_type) | Q(device_type=None))
    outcomes = beside.alias(waited_for=F("seen").bitand(int(EventKind.WAITING))).filter(
        status__in=(*CONNECTED, ConnectionStatus.FAILED), waited_for=0
    )
    outcomes = outcomes.order_by("at", "connection_id")
    outcome = outcomes.filter(at__range=(leg.at, leg.at + LONGEST_SIGN_IN)).first()
    if outcome is None:
        return None
    earliest = outcome.at - LONGEST_SIGN_IN
    before = outcomes.filter(at__gte=earliest, at__lt=leg.at).last()
    legs = beside.filter(
        status=ConnectionStatus.SIGN_IN, at__range=(before.at if before else earliest, outcome.at)
    )
    return outcome if legs.count() == 1 else None


def own_connections(username: str) -> QuerySet[Connection]:
    return visible_connections().filter(user_id__in=people_named(username))


def newest_connections(people: Collection[int], *, newest: int) -> list[Connection]:
    """Connections of these entries of the log, newest first."""
    return (
        list(visible_connections().filter(user_id__in=people).order_by("-at", "-connection_id")[:newest])
        if people
        else []
    )


def connection_events(row: Connection) -> list[ConnectionEvent]:
    """Oldest first."""
    return list(ConnectionEvent.objects.filter(connection_id=row.connection_id).order_by("at", "digest"))


def live_connection(row: Connection) -> LiveConnection | None:
    return LiveConnection.objects.select_related("endpoint").filter(connection_id=row.connection_id).first()


def nearby_connections(row: Connection) -> NearbyConnections:
    return NearbyConnections(
        of_person=_around(row, user_id=row.user_id) if row.user_id else [],
        of_device=_around(row, device_ip=row.device_ip) if row.device_ip else [],
    )


def _around(row: Connection, **same: Any) -> list[Connection]:
    # ``at`` beside ``pk``, as in vpn.connection_log.search.queries.newest
    later = (
        visible_connections()
        .filter(**same, pk__gt=row.pk, at__gte=row.at)
        .order_by("at", "connection_id")[:EACH_SIDE]
    )
    earlier = (
        visible_connections()
        .filter(**same, pk__lt=row.pk, at__lte=row.at)
        .order_by("-at", "-connection_id")[:EACH_SIDE]
    )
    nearby = [*reversed(later), row, *earlier]
    return nearby if len(nearby) > 1 else []
