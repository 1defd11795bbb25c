"""Beginning an export. That it began, and how it ended, are in the audit record with its conditions."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, connection

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.connection_export.expected import expected_rows
from vpn.connection_export.layout import FileLayout
from vpn.connection_export.statement import CopyStatement, copy_statements
from vpn.connection_export.stream import Export, ExportOutcome, ExportStream
from vpn.connection_log.search.conditions import ConnectionSearch, parameters

TAGS = {
    ExportOutcome.COMPLETE: Tag.CONNECTIONS_EXPORTED,
    ExportOutcome.FAILED: Tag.CONNECTIONS_EXPORT_FAILED,
    ExportOutcome.CANCELLED: Tag.CONNECTIONS_EXPORT_FAILED,
}

logger = structlog.get_logger(__name__)


def begin(
    search: ConnectionSearch,
    *,
    layout: FileLayout,
    export_id: UUID,
    actor: User,
    origin: RequestOrigin,
    token: str = "",
) -> ExportStream:
    """Its first lines are read when this returns. Raises TooManyExports, DatabaseError.

    ``token``: the name of the API token.
    """
    return begin_statements(
        copy_statements(search, layout),
        layout=layout,
        export_id=export_id,
        actor=actor,
        origin=origin,
        people=expected_rows(search).people,
        details={"token": token, "conditions": dict(parameters(search))},
    )


def begin_statements(
    statements: Iterable[CopyStatement],
    *,
    layout: FileLayout,
    export_id: UUID,
    actor: User,
    origin: RequestOrigin,
    people: list[str],
    details: dict[str, Any],
) -> ExportStream:
    """``people``: whom the audit record says it was asked for; ``details``: what else. Otherwise as ``begin``."""
    details = {"format": layout.format.value} | details
    record_event = _event_recorder(
        actor=actor,
        origin=origin,
        target=AuditTarget(TargetKind.EXPORT, str(export_id)),
        people=people,
        details=details,
    )
    record_event(Tag.CONNECTIONS_EXPORT_STARTED, {})
    return ExportStream(
        Export(
            export_id=export_id,
            statements=statements,
            layout=layout,
            reference=origin.reference,
            finished=lambda outcome, rows: record_event(
                TAGS[outcome], {"rows": rows, "outcome": outcome.value}
            ),
        )
    )


def _event_recorder(
    *, actor: User, origin: RequestOrigin, target: AuditTarget, people: list[str], details: dict[str, Any]
) -> Callable[[Tag, dict[str, Any]], None]:
    def record_event(tag: Tag, more: dict[str, Any]) -> None:
        if tag == Tag.CONNECTIONS_EXPORT_FAILED and not connection.in_atomic_block:
            # What ended the export may have ended this connection too; the next use opens it anew.
            connection.close()
        logger.info(tag.value, username=actor.username, export=target.id, **more)
        try:
            record(
                tag,
                actor=actor,
                target=target,
                people=people,
                address=origin.address,
                reference=origin.reference,
                details=details | more,
            )
        except OperationalError:
            if tag == Tag.CONNECTIONS_EXPORT_STARTED:
                raise
            logger.exception("the end of an export could not be recorded", export=target.id)

    return record_event
