"""When an endpoint had which subnets associated, as its snapshots saw it: pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vpn.endpoints.differences import GONE, network_key
from vpn.endpoints.models import Endpoint, EndpointChange

# A pause takes the subnets one by one, each in a minute or so: what was there an hour before is what it paused.
PAUSE_LASTS: Final = timedelta(hours=1)


@dataclass(frozen=True)
class AssociationPeriod:
    """A target network association from ``since`` until ``until`` (None: still)."""

    association_id: str
    since: datetime
    until: datetime | None

    def hours(self, since: datetime, until: datetime) -> float:
        """Of this period between two moments."""
        return _hours(max(self.since, since), min(self.until or until, until))

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


def association_periods(endpoint: Endpoint, changes: Iterable[EndpointChange]) -> list[AssociationPeriod]:
    """``changes``: all of the endpoint's that are about target networks, oldest first.

    What was there in the first snapshot counts from that snapshot on: since when AWS had it isn't known.
    """
    began: dict[str, datetime] = {}
    periods = []
    for change in changes:
        is_over = change.after is None or change.after.get("status") in GONE
        if is_over:
            since = began.pop(change.subject, endpoint.first_seen_at)
            periods.append(AssociationPeriod(change.subject, since, change.noticed_at))
        else:
            began.setdefault(
                change.subject, change.noticed_at if change.before is None else endpoint.first_seen_at
            )
    for network in endpoint.target_networks:
        if network["status"] not in GONE:
            key = network_key(network)
            periods.append(
                AssociationPeriod(key, began.get(key, endpoint.first_seen_at), endpoint.vanished_at)
            )
    return periods


def hours_saved(
    periods: list[AssociationPeriod], since: datetime, until: datetime, *, vanished_at: datetime | None
) -> float:
    """Association hours that weren't billed because the endpoint was paused: it had subnets before, and none then.

    An endpoint that is gone saves nothing any more, and one that never had a subnet has nothing to save.
    """
    saved = 0.0
    ends = sorted({period.until for period in periods if period.until})
    for end in ends:
        if any(period.holds(end) for period in periods):
            continue
        paused = sum(period.holds(end - timedelta(microseconds=1)) for period in periods)
        paused = max(
            paused, sum(period.since <= end - PAUSE_LASTS < (period.until or end) for period in periods)
        )
        resumed = min((period.since for period in periods if period.since >= end), default=until)
        gone = vanished_at or until
        saved += paused * _hours(max(end, since), min(resumed, until, gone))
    return saved


def _hours(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds(), 0) / 3600
