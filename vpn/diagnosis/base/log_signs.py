"""What the logs show of a person that isn't under the person's own name, or not in the connection log yet."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from portal.access.accounts import accounts_named
from portal.addresses import is_trusted, parse_address
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import attempts_of, find_attempt
from vpn.connection_log.models import Connection, ConnectionUser
from vpn.diagnosis.base.progress import RECENT, Progress

# Of fewer letters, the beginning of one name is too easily another's, and so is a part of what stands before the @.
SHORTEST: Final = 4
LONG: Final = 16
# Computers are handed on within a shift; more than a day ago says nothing of who is logged in now.
TOGETHER: Final = timedelta(hours=12)
# More are a hotel or a carrier.
MOST_AT_ONE_COMPUTER: Final = 3


def find_handler_line(username: str, progress: Progress, now: datetime) -> ConnectAttempt | None:
    """Of the person's newest attempt, which the handler may have logged before the connection log has it."""
    attempt = progress.attempt
    since = attempt.at if attempt else now - RECENT
    newest = attempts_of(username, since).first()
    if newest is not None and (attempt is None or newest.connection_id != attempt.connection_id):
        return newest
    return find_attempt(attempt.connection_id) if attempt else None


def find_cut_name(username: str, now: datetime) -> str:
    """A name that somebody tried with lately and that is only the beginning of this one; empty: none."""
    name = username.lower()
    shortest = max(SHORTEST, min(LONG, len(name.partition("@")[0])))
    beginnings = [name[:length] for length in range(shortest, len(name))]
    if not beginnings:
        return ""
    entries = {
        entry.pk: entry.username for entry in ConnectionUser.objects.filter(lower_username__in=beginnings)
    }
    # Whoever has an account or a life of their own by that name is somebody else.
    accounts = accounts_named(entries.values())
    entries = {pk: entry for pk, entry in entries.items() if entry not in accounts}
    tried = Connection.objects.filter(user__in=entries, at__gt=now - RECENT).order_by("-at").first()
    return entries[tried.user_id] if tried and tried.user_id is not None else ""


def count_neighbours(attempt: Connection | None, own: Collection[int], now: datetime) -> int:
    """Others from the same address with the same kind of system: one computer, or one network with several."""
    address = parse_address(attempt.device_ip or "") if attempt else None
    if attempt is None or address is None or not attempt.device_type:
        return 0
    if any(is_trusted(address, networks) for networks in settings.OFFICE_NETWORKS.values()):
        return 0
    rows = Connection.objects.filter(
        device_ip=attempt.device_ip,
        device_type=attempt.device_type,
        at__gt=now - TOGETHER,
        user__isnull=False,
    ).exclude(user__in=own)
    count = rows.values("user").distinct().count()
    return count if count <= MOST_AT_ONE_COMPUTER else 0
