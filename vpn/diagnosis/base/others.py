"""How others fare at the same endpoint: what many have is the service's, and what nobody else has is the person's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vpn.connection_log.models import CONNECTED, FAILURES, Connection, ConnectionStatus
from vpn.connection_log.reasons import POLICY_DENY, UNFINISHED
from vpn.endpoints.models import Endpoint

WITHIN: Final = timedelta(minutes=30)
# Two may have forgotten the same thing. Three within half an hour, and nobody connected since, is no coincidence.
MANY: Final = 3
SIGNING_IN: Final = timedelta(minutes=2)
PERSONAL: Final = frozenset({"client-connect-failed", POLICY_DENY})
# Rows that are looked at: on the bad day thousands try again and again.
MOST: Final = 2_000


@dataclass(frozen=True)
class OthersAtEndpoint:
    """Of WITHIN, the person left out.

    ``failing``: how many failed as the person did and haven't connected since; ``since``: the first of those failures.
    ``reason``: AWS's, or vpn.connection_log.reasons.UNFINISHED. ``connected_at``: when somebody else last connected.
    """

    failing: int = 0
    since: datetime | None = None
    reason: str = ""
    connected_at: datetime | None = None

    @property
    def are_many(self) -> bool:
        return self.failing >= MANY


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
    connected = [row for row in rows if row.status in CONNECTED]
    connected_at = connected[0].at if connected else None
    reason = failure_reason(attempt)
    if not reason:
        return OthersAtEndpoint(connected_at=connected_at)
    # Each person is refused for a reason of their own there: many of them are no outage.
    if reason in PERSONAL:
        return OthersAtEndpoint(connected_at=connected_at)
    alike = [
        row
        for row in rows
        if failure_reason(row) == reason
        # Whoever connected after a failure shows that it was no outage.
        and (connected_at is None or row.at > connected_at)
        # Somebody who is signing in right now hasn't failed.
        and (row.status != ConnectionStatus.UNFINISHED or row.at < now - SIGNING_IN)
    ]
    # A sign-in that wasn't finished has no name: then the address tells how many there are.
    failing = {row.user_id if row.user_id is not None else row.device_ip for row in alike}
    since = alike[-1].at if alike else None
    return OthersAtEndpoint(len(failing), since, reason, connected_at)


def failure_reason(attempt: Connection | None) -> str:
    """AWS's reason; UNFINISHED for a sign-in that wasn't finished; empty for no failure, or where AWS gave none."""
    if attempt is None or attempt.status not in FAILURES:
        return ""
    return UNFINISHED if attempt.status == ConnectionStatus.UNFINISHED else attempt.failure_reason or ""
