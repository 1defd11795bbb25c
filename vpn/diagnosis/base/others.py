"""How others fare at the same endpoint: what many have is the service's, and what nobody else has is the person's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vpn.connection_log.models import CONNECTED, FAILURES, Connection, ConnectionStatus
from vpn.connection_log.reasons import POLICY_DENY, UNFINISHED
from vpn.endpoints.models import Endpoint

WITHIN: Final = timedelta(minutes=30)
# Two may have forgotten the same thing. Three within half an hour, and nobody connected since, is no coincidence.
MANY: Final = 3
# The handler and the policy refuse people for reasons of their own every day; all of five in a row they don't.
MANY_REFUSED: Final = 5
SIGNING_IN: Final = timedelta(minutes=2)
REFUSED: Final = frozenset({"client-connect-failed", POLICY_DENY})
# A handler that breaks times out for one and is throttled for the next (administrator guide, "Connection
# authorization").
HANDLER: Final = "client-connect-handler-"
# Rows that are looked at: on the bad day thousands try again and again.
MOST: Final = 2_000


@dataclass(frozen=True)
class OthersAtEndpoint:
    """Of WITHIN, the person left out.

    ``failing``: how many failed in one way and haven't connected since; ``since``: the first of those failures.
    ``reason``: AWS's, or vpn.connection_log.reasons.UNFINISHED. ``alike``: it is the way in which the person failed.
    ``connected_at``: when somebody else last connected.
    """

    failing: int = 0
    since: datetime | None = None
    reason: str = ""
    alike: bool = False
    connected_at: datetime | None = None

    @property
    def are_many(self) -> bool:
        return self.failing >= (MANY_REFUSED if self.reason in REFUSED else MANY)


def find_others(
    endpoint: Endpoint, attempt: Connection | None, *, own: Collection[int], now: datetime
) -> OthersAtEndpoint:
    """``attempt``: the person's newest; ``own``: ids of the person's entries in the connection log."""
    rows = list(
        Connection.objects.filter(endpoint_id=endpoint.endpoint_id, at__gt=now - WITHIN)
        .exclude(user__in=own)
        .exclude(status=ConnectionStatus.SIGN_IN)
        .order_by("-at")[:MOST]
    )
    connected_at = next((row.at for row in rows if row.status in CONNECTED), None)
    # Whoever connected after a failure shows that it was no outage.
    failures = [row for row in rows if _has_failed(row, now) and (not connected_at or row.at > connected_at)]
    by_family: dict[str, list[Connection]] = defaultdict(list)
    for row in failures:
        # The person's own attempt, while it has no name yet
        if attempt is None or row.connection_id != attempt.connection_id:
            by_family[_family(failure_reason(row))].append(row)
    own_family = _family(failure_reason(attempt)) if attempt and attempt.status in FAILURES else None
    alike = by_family.pop(own_family, []) if own_family is not None else []
    ways = [_as_others(alike, connected_at, alike=True)] if alike else []
    ways += [
        _as_others(rows, connected_at, alike=False)
        for rows in by_family.values()
        # What the person's own newer attempt got past isn't what keeps the person out.
        if attempt is None or rows[0].at > attempt.at
    ]
    many = [way for way in ways if way.are_many]
    return next(iter(many or ways), OthersAtEndpoint(connected_at=connected_at))


def failure_reason(attempt: Connection | None) -> str:
    """AWS's reason; UNFINISHED for a sign-in that wasn't finished; empty for no failure, or where AWS gave none."""
    if attempt is None or attempt.status not in FAILURES:
        return ""
    return UNFINISHED if attempt.status == ConnectionStatus.UNFINISHED else attempt.failure_reason or ""


def _has_failed(row: Connection, now: datetime) -> bool:
    """Somebody who is signing in right now hasn't."""
    return row.status in FAILURES and (row.status != ConnectionStatus.UNFINISHED or row.at < now - SIGNING_IN)


def _family(reason: str) -> str:
    return HANDLER if reason.startswith(HANDLER) else reason


def _as_others(rows: Sequence[Connection], connected_at: datetime | None, *, alike: bool) -> OthersAtEndpoint:
    """``rows``: newest first, of one family."""
    return OthersAtEndpoint(_people(rows), rows[-1].at, failure_reason(rows[0]), alike, connected_at)


def _people(rows: Iterable[Connection]) -> int:
    """A sign-in that wasn't finished has no name: then the address tells how many there are."""
    return len({row.user_id if row.user_id is not None else row.device_ip for row in rows})
