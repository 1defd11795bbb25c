"""Whether people's connection checks bear out the addresses that an administrator has declared for an endpoint."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from django.db.models import Q
from django.utils import timezone

from portal.addresses import is_reserved
from vpn.connection_log.models import CONNECTED, LONGEST_SESSION, Connection
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import Endpoint, LiveConnection

OBSERVED: Final = timedelta(days=30)


@dataclass(frozen=True)
class ObservedEgress:
    """Of people whose check was made while they were connected to the endpoint.

    ``confirmed``: how many were seen with a declared address. ``others``: how many with each other one.
    """

    declared: tuple[str, ...]
    confirmed: int = 0
    others: dict[str, int] = field(default_factory=dict)

    @property
    def tone(self) -> str:
        if self.others:
            return "warn"
        return "ok" if self.confirmed else "unknown"


def observe_egress(endpoint: Endpoint, declared: Collection[str]) -> ObservedEgress:
    """With split tunnel nobody's traffic says anything about the endpoint, so nothing is observed then."""
    if endpoint.split_tunnel or not declared:
        return ObservedEgress(tuple(declared))
    now = timezone.now()
    checks = list(
        EgressCheck.objects.filter(checked_at__gt=now - OBSERVED, address__isnull=False).select_related(
            "user"
        )
    )
    times = _connected_times(endpoint, [check.user.username.lower() for check in checks], now)
    seen = Counter(
        str(check.address)
        for check in checks
        # No site sees a reserved address: it says nothing about the one that sites see.
        if not is_reserved(ip_address(str(check.address)))
        and any(
            since <= check.checked_at <= until for since, until in times.get(check.user.username.lower(), ())
        )
    )
    others = {address: count for address, count in seen.items() if address not in declared}
    return ObservedEgress(tuple(declared), seen.total() - sum(others.values()), others)


def _connected_times(
    endpoint: Endpoint, usernames: Iterable[str], now: datetime
) -> dict[str, list[tuple[datetime, datetime]]]:
    """From when to when each of these people was connected, by the log and by the last look at AWS."""
    times: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    logged = Connection.objects.filter(
        Q(user__lower_username__in=list(usernames)),
        endpoint_id=endpoint.endpoint_id,
        status__in=CONNECTED,
        at__gt=now - OBSERVED - LONGEST_SESSION,
    )
    for username, since, ended, latest_end in logged.values_list(
        "user__lower_username", "at", "ended_at", "latest_end_at"
    ):
        times[username].append((since, ended or latest_end or now))
    for connection in LiveConnection.objects.filter(endpoint=endpoint, established_at__isnull=False):
        since = connection.established_at or now
        times[connection.username.lower()].append((since, endpoint.connections_seen_at or now))
    return times
