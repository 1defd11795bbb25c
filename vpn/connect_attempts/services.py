"""Storing what the handler logged. It makes no difference in which order lines come, how often, or how late."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.connect_attempts.log_line import AttemptLine
from vpn.connect_attempts.models import ConnectAttempt


def store_attempts(lines: Iterable[AttemptLine]) -> int:
    """Store a batch in one transaction; how many attempts are new or newer. Harmless for lines that are stored."""
    newest: dict[str, AttemptLine] = {}
    for line in lines:
        known = newest.get(line.connection_id)
        # Lambda may run a function twice for one call; which line counts must not depend on their order.
        if known is None or (line.at, line.raw) > (known.at, known.raw):
            newest[line.connection_id] = line
    if not newest:
        return 0
    with transaction.atomic():
        # A backfill and the import by beat may store the same lines: what is older must not win.
        lock_for_transaction(AdvisoryLock.CONNECT_ATTEMPTS)
        stored = {
            row.connection_id: (row.at, row.raw)
            for row in ConnectAttempt.objects.filter(connection_id__in=newest).only("at", "raw")
        }
        rows = [
            _attempt(line)
            for key, line in newest.items()
            if key not in stored or (line.at, line.raw) > stored[key]
        ]
        ConnectAttempt.objects.bulk_create(
            rows,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["connection_id"],
            update_fields=[
                field.name for field in ConnectAttempt._meta.concrete_fields if not field.primary_key
            ],
        )
    return len(rows)


def forget_attempts(before: datetime) -> int:
    """Delete what is older than the connection log is kept; how many."""
    deleted, _by_model = ConnectAttempt.objects.filter(at__lt=before).delete()
    return deleted


def _attempt(line: AttemptLine) -> ConnectAttempt:
    values = asdict(line)
    del values["left_out"]
    return ConnectAttempt(**values)
