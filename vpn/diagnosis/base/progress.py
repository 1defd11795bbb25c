"""How far a person got lately: what was passed since then works, whatever the settings look like."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from vpn.connection_log.log_event import EventKind
from vpn.connection_log.models import CONNECTED, Connection, ConnectionStatus
from vpn.connection_log.reasons import REASONS
from vpn.egress.models import EgressCheck
from vpn.egress.verdict import EgressResult
from vpn.endpoints.presence import PersonPresence

# Somebody who calls has just tried. What happened earlier than this says nothing about what is wrong now.
RECENT: Final = timedelta(hours=12)
THROUGH: Final = frozenset({EgressResult.VPN, EgressResult.VPN_V6})


class Reached(IntEnum):
    """In the order of the layers. SIGN_IN: AWS waits for the assertion. ADMISSION: it has come. TUNNEL: connected."""

    NOTHING = 0
    SIGN_IN = 1
    ADMISSION = 2
    TUNNEL = 3
    EGRESS = 4


@dataclass(frozen=True)
class Progress:
    """``attempt``: the newest one, failed or not; None: none in RECENT. ``at``: of that attempt, or of the check."""

    reached: Reached
    at: datetime | None = None
    attempt: Connection | None = None


def find_progress(
    attempts: Iterable[Connection], check: EgressCheck | None, presence: PersonPresence, *, now: datetime
) -> Progress:
    """By the newest attempt alone; the connection check counts if it came after it, and so does AWS's list.

    ``attempts``: the person's, newest first, first legs of sign-ins included.
    """
    newest = next(iter(attempts), None)
    attempt = newest if newest and _last_moment(newest, now) > now - RECENT else None
    through = check is not None and check.checked_at > now - RECENT and check.result in THROUGH
    # A check behind our own address proves a connection, even if the log is late with it.
    if check is not None and through and (attempt is None or check.checked_at >= attempt.at):
        return Progress(Reached.EGRESS, check.checked_at, attempt)
    # AWS lists a connection before the log has it.
    if presence.active and (attempt is None or attempt.status not in CONNECTED):
        since = presence.since or presence.seen_at
        if attempt is None or (since is not None and since > attempt.at):
            return Progress(Reached.TUNNEL, since, None)
    if attempt is None:
        return Progress(Reached.NOTHING)
    return Progress(_reached(attempt), attempt.at, attempt)


def _last_moment(attempt: Connection, now: datetime) -> datetime:
    """A connection may last a day: what counts is when it was over."""
    if attempt.status == ConnectionStatus.OPEN:
        return now
    return attempt.ended_at or attempt.latest_end_at or attempt.at


def _reached(attempt: Connection) -> Reached:
    if attempt.status in CONNECTED:
        return Reached.TUNNEL
    if attempt.status in {ConnectionStatus.UNFINISHED, ConnectionStatus.SIGN_IN}:
        return Reached.ADMISSION if attempt.seen & EventKind.ASSERTION_RECEIVED else Reached.SIGN_IN
    # The handler and the policy are asked once the person has proved who they are. Where AWS gives a reason that its
    # documents don't list, only this is certain: the client got through to the endpoint.
    return Reached.ADMISSION if attempt.failure_reason in REASONS else Reached.SIGN_IN
