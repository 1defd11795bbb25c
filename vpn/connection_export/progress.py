"""How far an export is: from PostgreSQL's own report while it runs, from the audit record afterwards."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from vpn.connection_export.stream import ExportOutcome, application_name
from vpn.connection_log.database import fetch_rows

TAGS: Final = (
    Tag.CONNECTIONS_EXPORT_STARTED,
    Tag.CONNECTIONS_EXPORTED,
    Tag.CONNECTIONS_EXPORT_FAILED,
)
# PostgreSQL 14 and newer
ROWS_SO_FAR: Final = """
SELECT tuples_processed + coalesce(nullif(split_part(application_name, '+', 2), '')::bigint, 0)
FROM pg_stat_progress_copy JOIN pg_stat_activity USING (pid)
WHERE split_part(application_name, '+', 1) = %s
"""


@dataclass(frozen=True)
class ExportProgress:
    """``outcome`` None: it hasn't ended; ``rows`` None: it hasn't begun either."""

    rows: int | None = None
    outcome: ExportOutcome | None = None


def export_progress(export_id: UUID, *, user: User) -> ExportProgress:
    """Of one's own export only; nobody is told of others'. Downloaded again, it is the newer that counts."""
    newest = (
        AuditEvent.objects.filter(target=str(export_id), actor=user.username, tag__in=TAGS)
        .order_by("-sequence")
        .first()
    )
    if newest is None:
        return ExportProgress()
    # Nothing but the audit record outlives the request that sends the file.
    if newest.tag == Tag.CONNECTIONS_EXPORT_STARTED:
        return ExportProgress(_rows_so_far(export_id))
    return ExportProgress(newest.details["rows"], ExportOutcome(newest.details["outcome"]))


def _rows_so_far(export_id: UUID) -> int | None:
    rows = fetch_rows(ROWS_SO_FAR, [application_name(export_id)])
    return int(rows[0][0]) if rows else None
