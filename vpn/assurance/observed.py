"""By which addresses connected people left, as their own connection checks saw it: beside what AWS is set to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models.functions import Lower

from vpn.connection_log.models import CONNECTED, LONGEST_SESSION, Connection
from vpn.egress.models import EgressCheck
from vpn.egress.verdict import EgressResult
from vpn.endpoints.models import EgressAddressPeriod, Endpoint, LiveConnection

LONG: Final = timedelta(hours=24)
SHORT: Final = timedelta(minutes=15)
# Of checks that were made while connected through a full tunnel, by what was judged then: an address that was ours
# yesterday and isn't today doesn't make yesterday's checks wrong.
OURS: Final = frozenset({EgressResult.VPN, EgressResult.VPN_V6})
OTHER: Final = frozenset({EgressResult.DRIFT})


@dataclass
class ObservedShare:
    """People by their newest check, within LONG and within SHORT. ``others``: addresses that aren't ours."""

    ours: int = 0
    other: int = 0
    ours_short: int = 0
    other_short: int = 0
    beside_v6: int = 0
    newest_ours: datetime | None = None
    newest_other: datetime | None = None
    others: Counter[str] = field(default_factory=Counter)

    @property
    def checked(self) -> int:
        return self.ours + self.other

    @property
    def checked_short(self) -> int:
        return self.ours_short + self.other_short

    @property
    def is_silent(self) -> bool:
        """Whether nobody was seen with a fixed address since the last one who was not."""
        if self.newest_other is None:
            return False
        return self.newest_ours is None or self.newest_ours < self.newest_other

    def add(self, result: str, address: str, at: datetime, *, is_recent: bool) -> None:
        if result in OURS:
            self.ours += 1
            self.ours_short += is_recent
            self.newest_ours = max(self.newest_ours or at, at)
            self.beside_v6 += result == EgressResult.VPN_V6
        else:
            self.other += 1
            self.other_short += is_recent
            self.newest_other = max(self.newest_other or at, at)
            self.others[address] += 1


def observe_shares(endpoints: Iterable[Endpoint], now: datetime) -> dict[int, ObservedShare]:
    """By the endpoint's key, in four queries however many people there are."""
    endpoints = list(endpoints)
    shares = {endpoint.pk: ObservedShare() for endpoint in endpoints}
    rows = EgressCheck.objects.filter(
        checked_at__gt=now - LONG, result__in=OURS | OTHER, address__isnull=False
    ).values_list("user__username", "result", "address", "checked_at")
    checks = [(username, result, str(address), at) for username, result, address, at in rows]
    by_address = _endpoints_by_address(endpoints, now)
    # What isn't ours tells nothing of the endpoint, and several may leave by one NAT gateway: then it is known from
    # the connection, or not at all.
    unclear = {
        username.lower()
        for username, result, address, _at in checks
        if result in OTHER or len(by_address.get(address, ())) > 1
    }
    connected = _connected_to(unclear, endpoints, now) if unclear else {}
    for username, result, address, checked_at in checks:
        key = connected.get(username.lower())
        if result in OURS:
            candidates = by_address.get(address, frozenset())
            key = key if key in candidates else min(candidates) if len(candidates) == 1 else None
        if key in shares:
            shares[key].add(result, address, checked_at, is_recent=checked_at > now - SHORT)
    return shares


def _endpoints_by_address(endpoints: Iterable[Endpoint], now: datetime) -> Mapping[str, frozenset[int]]:
    former: dict[str, set[int]] = defaultdict(set)
    periods = EgressAddressPeriod.objects.filter(until__gt=now - LONG)
    for address, key in periods.values_list("address", "endpoint_id"):
        former[address].add(key)
    current: dict[str, set[int]] = defaultdict(set)
    for endpoint in endpoints:
        for address in endpoint.egress_ips:
            current[address].add(endpoint.pk)
    return {address: frozenset(keys) for address, keys in (former | current).items()}


def _connected_to(usernames: set[str], endpoints: Iterable[Endpoint], now: datetime) -> Mapping[str, int]:
    """The endpoint that each was connected to last, by AWS's list and by the log."""
    keys = {endpoint.endpoint_id: endpoint.pk for endpoint in endpoints}
    logged = (
        Connection.objects.filter(
            user__lower_username__in=usernames, status__in=CONNECTED, at__gt=now - LONG - LONGEST_SESSION
        )
        .order_by("at")
        .values_list("user__lower_username", "endpoint_id")
    )
    live = (
        LiveConnection.objects.alias(lower=Lower("username"))
        .filter(lower__in=usernames)
        .order_by("established_at")
        .values_list(Lower("username"), "endpoint_id")
    )
    by_log = {name: keys[endpoint_id] for name, endpoint_id in logged if endpoint_id in keys}
    return by_log | dict(live)
