"""An export on its way: PostgreSQL's COPY, passed on as it comes, on a connection of its own."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from portal.locks import AdvisoryLock, try_session_lock
from portal.spreadsheets import BYTE_ORDER_MARK, csv_line
from vpn.connection_export.layout import ExportFormat, FileLayout
from vpn.connection_export.statement import CopyStatement

# Each occupies a thread of the web server and a connection to PostgreSQL for as long as it takes. Each has a lock with
# a key from 0 to AT_ONCE - 1 until its connection is closed.
MAX_EXPORTS: Final = 4
LONGEST_SECONDS: Final = 3600
# The first lines leave at once, later ones in pieces that cost little to pass on.
FIRST_BYTES, PIECE_BYTES = 1, 1 << 16
# JSON may have them in a line as they are, but many a reader takes them for its end: U+0085, U+2028 and U+2029.
LINE_BREAKS: Final = {b"\xc2\x85": rb"\u0085", b"\xe2\x80\xa8": rb"\u2028", b"\xe2\x80\xa9": rb"\u2029"}
# All parts of one moment; in the order of the index from the first row on, instead of sorting a million first
SETTINGS: Final = f"""BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET statement_timeout = {LONGEST_SECONDS * 1000:d}; SET enable_sort = off; SET jit = off"""


class ExportOutcome(StrEnum):
    """FAILED: the database didn't go on. CANCELLED: whoever asked was gone."""

    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TooManyExports(Exception):
    """AT_ONCE exports are under way."""


@dataclass
class Export:
    """``statements``: see statement.copy_statements. ``finished`` is told once how it ended, and the rows sent."""

    export_id: UUID
    statements: Iterable[CopyStatement]
    layout: FileLayout
    reference: str
    finished: Callable[[ExportOutcome, int], None]
    rows: int = field(default=0, init=False)
    ended: bool = field(default=False, init=False)

    def end(self, outcome: ExportOutcome) -> None:
        if not self.ended:
            self.ended = True
            self.finished(outcome, self.rows)


class ExportStream:
    """For StreamingHttpResponse. The first lines are there before it is answered, so a refusal still can be.

    ``close()`` ends it wherever it is; the server calls it in any case. Raises TooManyExports and DatabaseError.
    """

    def __init__(self, export: Export) -> None:
        self._export = export
        self._pieces = _reported_pieces(export)
        self._first = next(self._pieces)

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield from self._pieces

    def close(self) -> None:
        """Not left to the end of the generator: Python may collect that in the midst of another query."""
        self._pieces.close()
        self._export.end(ExportOutcome.CANCELLED)


def application_name(export_id: UUID, rows: int = 0) -> str:
    """By which progress.py finds it among PostgreSQL's connections. ``rows``: those of the parts that are done."""
    return f"genkan-export-{export_id}" + (f"+{rows}" if rows else "")


def _reported_pieces(export: Export) -> Generator[bytes, None, None]:
    try:
        yield from _pieces(export)
    except (psycopg.Error, DatabaseError, TooManyExports):
        export.end(ExportOutcome.FAILED)
        if export.rows:
            # Where a proxy hides that the transfer broke off, the last line says it.
            yield _incomplete(export)
        raise
    export.end(ExportOutcome.COMPLETE)


def _pieces(export: Export) -> Iterator[bytes]:
    own: Any = connection.copy()
    with closing(own), own.cursor() as cursor:
        _prepare(cursor, export)
        held, rows, full = bytearray(_header(export)), 0, FIRST_BYTES
        for statement, params in export.statements:
            if done := export.rows + rows:
                cursor.execute(f"SET application_name = '{application_name(export.export_id, done)}'")
            with cursor.copy(statement, params) as lines:
                for line in lines:
                    held += line
                    rows += 1
                    if len(held) >= full:
                        export.rows += rows
                        yield _piece(held, export.layout.format)
                        held.clear()
                        rows, full = 0, PIECE_BYTES
        export.rows += rows
        yield _piece(held, export.layout.format)


def _piece(lines: bytearray, form: ExportFormat) -> bytes:
    """Whole ones, each of which is one to whoever reads it."""
    if form == ExportFormat.NDJSON:
        for character, escaped in LINE_BREAKS.items():
            lines = lines.replace(character, escaped)
    return bytes(lines)


def _prepare(cursor: Any, export: Export) -> None:
    if not any(try_session_lock(cursor, AdvisoryLock.EXPORT, place) for place in range(MAX_EXPORTS)):
        raise TooManyExports
    cursor.execute(
        f"{SETTINGS}; SELECT set_config('application_name', %s, false), set_config('TimeZone', %s, false)",
        [application_name(export.export_id), settings.TIME_ZONE],
    )


def _header(export: Export) -> bytes:
    if export.layout.format != ExportFormat.CSV:
        return b""
    header = export.layout.header
    return (BYTE_ORDER_MARK + (csv_line(header) if header else "")).encode()


def _incomplete(export: Export) -> bytes:
    if export.layout.format != ExportFormat.CSV:
        note = {"incomplete": True, "rows": export.rows, "reference": export.reference}
        return json.dumps(note).encode() + b"\n"
    words = _("This export broke off after %(rows)s rows. Reference number: %(reference)s") % {
        "rows": export.rows,
        "reference": export.reference,
    }
    return csv_line([words]).encode()
