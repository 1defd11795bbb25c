"""Who may have begun a sign-in that was never finished: AWS logs no name for it, only the address and the device.

Whoever connected from the same source IP lately is offered, as likely and never as known. An address from which many
people connect (an office, a hotel, a mobile carrier) tells nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.db.models import Count, Max, Q

from portal.addresses import is_trusted
from vpn.connection_log.models import CONNECTED, Connection, ConnectionStatus
from vpn.connection_log.search.people import display_names

BEFORE: Final = timedelta(days=30)
# Whoever gives up mostly tries again: the connection that worked may have come just after.
AFTER: Final = timedelta(days=1)
# More people than these on one address: no device's.
MOST_PEOPLE: Final = 4


@dataclass(frozen=True)
class LikelyPerson:
    """``connections``: so many came from the same address within BEFORE and AFTER; ``last_at``: the newest of them."""

    username: str
    name: str
    connections: int
    last_at: datetime
    same_device: bool


def likely_people(leg: Connection) -> list[LikelyPerson]:
    """Most likely first; none for what has a name, or where the address is many people's."""
    if leg.status != ConnectionStatus.UNFINISHED or leg.device_ip is None or _is_office(leg.device_ip):
        return []
    same_device = Q(device_type=leg.device_type) if leg.device_type else Q()
    people = list(
        Connection.objects.filter(
            device_ip=leg.device_ip,
            status__in=CONNECTED,
            user__isnull=False,
            at__range=(leg.at - BEFORE, leg.at + AFTER),
        )
        .order_by()
        .values_list("user__username")
        .annotate(
            connections=Count("connection_id"),
            last_at=Max("at"),
            on_device=Count("connection_id", filter=same_device),
        )[: MOST_PEOPLE + 1]
    )
    if len(people) > MOST_PEOPLE:
        return []
    names = display_names(username for username, *_rest in people)
    likely = [
        LikelyPerson(username, names.get(username, ""), connections, last_at, bool(on_device))
        for username, connections, last_at, on_device in people
    ]
    return sorted(likely, key=lambda person: (not person.same_device, -person.connections, person.username))


def _is_office(address: str) -> bool:
    return any(is_trusted(ip_address(address), networks) for networks in settings.OFFICE_NETWORKS.values())
