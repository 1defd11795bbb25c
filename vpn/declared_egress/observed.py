"""Whether people's connection checks bear out the addresses that an administrator has declared for an endpoint."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from django.db.models import Q
from django.utils import timezone

from portal.access.accounts import AccountsByName, accounts_named
from portal.access.models import User
from portal.addresses import Address, is_reserved
from vpn.connection_log.models import CONNECTED, LONGEST_SESSION, Connection
from vpn.endpoints.models import Endpoint, LiveConnection

OBSERVED: Final = timedelta(days=30)


@dataclass(frozen=True)
class ObservedEgress:
    """Of people whose check was made while they were connected to the endpoint.

    ``confirmed``: how many were seen with a declared address. ``others``: how many with each other one. ``people``: the
    user names of those, the newest check first, and ``last_at`` when that was. ``confirmed_at``: the newest check that
    saw a declared address.
    """

    declared: tuple[str, ...]
    confirmed: int = 0
    others: dict[str, int] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    last_at: datetime | None = None
    confirmed_at: datetime | None = None

    @property
    def checked(self) -> int:
        """Of how many people there is a check at all."""
        return self.confirmed + sum(self.others.values())

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
    checked = User.objects.filter(
        egress_check__checked_at__gt=now - OBSERVED, egress_check__address__isnull=False
    )
    people = list(checked.select_related("egress_check").order_by("-egress_check__checked_at"))
    accounts = accounts_named(person.username for person in people)
    times = _connected_times(endpoint, accounts, now)
    telling = [
        (person.username, person.egress_check)
        for person in people
        if _tells(ip_address(str(person.egress_check.address)), declared)
        and any(
            since <= person.egress_check.checked_at <= until
            for since, until in times.get(accounts.person_key(person.username), ())
        )
    ]
    against = [(name, check) for name, check in telling if str(check.address) not in declared]
    confirming = [check for _name, check in telling if str(check.address) in declared]
    return ObservedEgress(
        tuple(declared),
        len(confirming),
        dict(Counter(str(check.address) for _name, check in against)),
        tuple(name for name, _check in against),
        against[0][1].checked_at if against else None,
        confirming[0].checked_at if confirming else None,
    )


def _tells(address: Address, declared: Collection[str]) -> bool:
    """Whether an address can contradict what was declared.

    No site sees a reserved one. And of an IPv6 address an IPv4 one says nothing: IPv6 goes past a tunnel that carries
    IPv4 only, and isn't translated in one that carries it (admin guide, "IPv6 considerations").
    """
    versions = {ip_address(text).version for text in declared}
    return not is_reserved(address) and address.version in versions


def _connected_times(
    endpoint: Endpoint, accounts: AccountsByName, now: datetime
) -> dict[str, list[tuple[datetime, datetime]]]:
    """From when to when each person (person_key) was connected, by the log and by the last look at AWS."""
    times: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    logged = Connection.objects.filter(
        Q(user__lower_username__in={username.lower() for username in accounts}),
        endpoint_id=endpoint.endpoint_id,
        status__in=CONNECTED,
        at__gt=now - OBSERVED - LONGEST_SESSION,
    )
    for username, since, ended, latest_end in logged.values_list(
        "user__username", "at", "ended_at", "latest_end_at"
    ):
        times[accounts.person_key(username)].append((since, ended or latest_end or now))
    for connection in LiveConnection.objects.filter(endpoint=endpoint, established_at__isnull=False):
        since = connection.established_at or now
        times[accounts.person_key(connection.username)].append((since, endpoint.connections_seen_at or now))
    return times
