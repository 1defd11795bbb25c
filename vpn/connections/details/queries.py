"""Reading one connection and what lies around it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet

from vpn.connections.models import Connection, ConnectionEvent, Status
from vpn.connections.search.people import people_named
from vpn.endpoints.models import LiveConnection

# A connection's events lie within this of its beginning and its newest event: its months are read, and no others.
REACH: Final = timedelta(days=2)
EACH_SIDE: Final = 3


@dataclass(frozen=True)
class Around:
    """Newest first; the connection itself is among them."""

    of_person: list[Connection]
    of_device: list[Connection]


def shown() -> QuerySet[Connection]:
    return Connection.objects.exclude(status=Status.SIGN_IN).select_related("user")


def connection_by_id(connection_id: str) -> Connection | None:
    return shown().filter(connection_id=connection_id).first()


def own_connection(connection_id: str, *, username: str) -> Connection | None:
    """None as well if it is somebody else's."""
    return shown().filter(connection_id=connection_id, user_id__in=people_named(username)).first()


def own_connections(username: str) -> QuerySet[Connection]:
    return shown().filter(user_id__in=people_named(username))


def newest_of(people: Collection[int], *, newest: int) -> list[Connection]:
    """Connections of these entries of the log, newest first."""
    return (
        list(shown().filter(user_id__in=people).order_by("-at", "-connection_id")[:newest]) if people else []
    )


def events_of(row: Connection) -> list[ConnectionEvent]:
    """Oldest first."""
    events = ConnectionEvent.objects.filter(
        connection_id=row.connection_id, at__range=(row.at - REACH, row.updated_at + REACH)
    )
    return list(events.order_by("at", "digest"))


def live_of(row: Connection) -> LiveConnection | None:
    return LiveConnection.objects.select_related("endpoint").filter(connection_id=row.connection_id).first()


def around(row: Connection) -> Around:
    return Around(
        of_person=_around(row, user_id=row.user_id) if row.user_id else [],
        of_device=_around(row, device_ip=row.device_ip) if row.device_ip else [],
    )


def _around(row: Connection, **same: Any) -> list[Connection]:
    later = shown().filter(**same, pk__gt=row.pk, at__gte=row.at).order_by("at", "connection_id")[:EACH_SIDE]
    earlier = (
        shown().filter(**same, pk__lt=row.pk, at__lte=row.at).order_by("-at", "-connection_id")[:EACH_SIDE]
    )
    found = [*reversed(later), row, *earlier]
    return found if len(found) > 1 else []
