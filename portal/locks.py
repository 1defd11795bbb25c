"""Every advisory lock that the portal takes in PostgreSQL, and the two ways to take one.

Advisory locks (PostgreSQL documentation, "Advisory Locks") belong to the database, not to a table: a number is locked,
and whoever else locks the same number waits, or is told that it is taken. So the numbers stand in one list.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from django.db import connection


class AdvisoryLock(IntEnum):
    """The numbers must stay what they are: during a deploy, old and new code must lock the same ones.

    Each is what its comment says, in ASCII.
    """

    ASSURANCE = 0x617373  # "ass": evaluating the requirements; one minute is evaluated once
    AUDIT_CHAIN = 0x6175646974  # "audit": the end of the hash chain
    CONNECTION_LOG = (
        0x6C6F67  # "log": stored events and connections; connection ids are unique across partitions
    )
    CONNECT_ATTEMPTS = (
        0x617474  # "att": what the client connect handler logged; the newest line of an id counts
    )
    FINDINGS = 0x66696E64  # "find": opening and closing findings
    OPERATION_NUMBER = 0x6F706572  # "oper": numbers of operations have no gaps
    SUMMARY = 0x73756D  # "sum": counting changed days

    # With a second key, which PostgreSQL keeps apart from the numbers above
    SNAPSHOT = 0x67656E  # "gen"; key: the row of the AWS account
    LOG_IMPORT = 0x636C6F  # "clo"; key: the row of the log group
    LOG_BACKFILL = 0x626667  # "bfg"; key: the row of the log group
    METRICS = 0x6D6574  # "met"; key: the row of the AWS account
    EXPORT = 0x657870  # "exp"; key: one of the places for exports under way


def lock_for_transaction(lock: AdvisoryLock) -> None:
    """Wait for the lock, and keep it until the transaction ends. Must be called within one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def try_session_lock(cursor: Any, lock: AdvisoryLock, key: int | None = None) -> bool:
    """Take the lock until ``cursor``'s connection is closed or unlocks it. False: another connection has it."""
    keys = [lock] if key is None else [lock, key]
    cursor.execute(f"SELECT pg_try_advisory_lock({', '.join(['%s'] * len(keys))})", keys)
    return bool(cursor.fetchone()[0])


@contextmanager
def session_lock(lock: AdvisoryLock, key: int | None = None) -> Iterator[bool]:
    """Hold the lock over several transactions, without waiting for it. Yields False where another process has it.

    PostgreSQL gives it back when the connection breaks, so a process that was killed leaves none behind.
    """
    keys = [lock] if key is None else [lock, key]
    with connection.cursor() as cursor:
        free = try_session_lock(cursor, lock, key)
        try:
            yield free
        finally:
            if free:
                cursor.execute(f"SELECT pg_advisory_unlock({', '.join(['%s'] * len(keys))})", keys)
