"""Deleting what is older than LOG_RETENTION_DAYS, by whole months, with the tallies and people that rest on it.

A month's tables are detached first, while searches go on, and dropped when no query finds them any more. A run that was
interrupted is finished by the next one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone
from psycopg import sql

from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.connect_attempts.services import forget_attempts
from vpn.connection_log import partitions
from vpn.connection_log.database import execute
from vpn.connection_log.models import ConnectionTally, FailureTally, UnreadableLine

# Everybody who wants the table waits behind us for so long. What could not be dropped is dropped the next day.
LOCK_TIMEOUT: Final = "5s"

FORGET_CONNECTIONS: Final = """
UPDATE vpn_connectionuser AS known SET connections = greatest(0, known.connections - gone.connections)
FROM (
    SELECT user_id, count(*) AS connections FROM {table}
    WHERE status IN ('open', 'ended') AND user_id IS NOT NULL GROUP BY user_id
) AS gone
WHERE known.id = gone.user_id
"""
FORGET_PEOPLE: Final = """
DELETE FROM vpn_connectionuser AS known
WHERE (known.last_connected_at IS NULL OR known.last_connected_at < %s)
    AND NOT EXISTS (SELECT FROM vpn_connection AS connection WHERE connection.user_id = known.id)
"""


@dataclass(frozen=True)
class DroppedPartitions:
    """``tables``: their names. The rest counts rows."""

    tables: list[str]
    tallies: int
    unreadable: int
    people: int


def drop_old() -> DroppedPartitions:
    """Not within a transaction. Raises OperationalError where somebody holds a table for long."""
    oldest = partitions.oldest_kept(timezone.now())
    tables = [table for table in partitions.existing() if table.month < oldest.date()]
    execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
    try:
        for table in tables:
            _drop(table)
    finally:
        execute("RESET lock_timeout")
    tallies = sum(
        model.objects.filter(bucket__lt=oldest).delete()[0] for model in (ConnectionTally, FailureTally)
    )
    forget_attempts(oldest)
    unreadable, _ = UnreadableLine.objects.filter(first_read_at__lt=oldest).delete()
    return DroppedPartitions([table.name for table in tables], tallies, unreadable, _forget_people(oldest))


def _drop(table: partitions.Partition) -> None:
    partitions.detach(table)
    with transaction.atomic():
        if table.parent == "vpn_connection":
            lock_for_transaction(AdvisoryLock.CONNECTION_LOG)
            execute(sql.SQL(FORGET_CONNECTIONS).format(table=sql.Identifier(table.name)).as_string())
        execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table.name)).as_string())


def _forget_people(oldest: datetime) -> int:
    """Under the lock of whoever stores connections: a person must not go while a connection of theirs comes."""
    with transaction.atomic():
        lock_for_transaction(AdvisoryLock.CONNECTION_LOG)
        return execute(FORGET_PEOPLE, [oldest])
