"""Advisory locks, between two connections to one database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.locks import AdvisoryLock, lock_for_transaction, session_lock, try_session_lock


@pytest.fixture
def other(transactional_db: None) -> Iterator[Any]:
    """A cursor of another connection, which waits for no lock longer than a moment."""
    another = connection.copy()
    try:
        with another.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
            yield cursor
    finally:
        another.close()


def is_free(cursor: Any, lock: AdvisoryLock, key: int | None = None) -> bool:
    free = try_session_lock(cursor, lock, key)
    cursor.execute("SELECT pg_advisory_unlock_all()")
    return free


def test_a_session_lock_is_held_over_transactions_and_given_back(other: Any) -> None:
    with session_lock(AdvisoryLock.SUMMARY) as free:
        with transaction.atomic():
            pass
        assert free
        assert not is_free(other, AdvisoryLock.SUMMARY)
    assert is_free(other, AdvisoryLock.SUMMARY)


def test_a_session_lock_of_somebody_else_is_told_and_left_to_them(other: Any) -> None:
    assert try_session_lock(other, AdvisoryLock.LOG_IMPORT, 1)
    with session_lock(AdvisoryLock.LOG_IMPORT, 1) as free, session_lock(AdvisoryLock.LOG_IMPORT, 2) as second:
        assert (free, second) == (False, True)
    with session_lock(AdvisoryLock.LOG_IMPORT, 1) as free:
        assert not free


def test_a_session_lock_is_given_back_after_an_error(other: Any) -> None:
    with pytest.raises(KeyError), session_lock(AdvisoryLock.SNAPSHOT, 1):
        raise KeyError
    assert is_free(other, AdvisoryLock.SNAPSHOT, 1)


def test_a_transaction_lock_lasts_until_the_transaction_ends(other: Any) -> None:
    with transaction.atomic():
        lock_for_transaction(AdvisoryLock.FINDINGS)
        assert not is_free(other, AdvisoryLock.FINDINGS)
    assert is_free(other, AdvisoryLock.FINDINGS)


def test_a_transaction_lock_waits(other: Any) -> None:
    with transaction.atomic():
        lock_for_transaction(AdvisoryLock.FINDINGS)
        with pytest.raises(DatabaseError, match="lock timeout"):
            other.execute("SELECT pg_advisory_xact_lock(%s)", [AdvisoryLock.FINDINGS])
