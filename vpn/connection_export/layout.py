"""What the lines of a file look like: to a spreadsheet, to a script that reads CSV, and as NDJSON."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from portal.spreadsheets import safe_text_sql, sql_literal, without_formulas_sql, zoned_title
from vpn.connection_export.columns import COLUMNS, ColumnKind, ExportColumn

Guard = Callable[[str], str]


class ExportFormat(TextChoices):
    CSV = "csv", "CSV"
    NDJSON = "ndjson", "NDJSON"


@dataclass(frozen=True)
class FileLayout:
    """``cells``: SQL of each; ``guard``: SQL that makes an SQL text safe. ``header``: the first line; empty: none.

    Made while the request's language is active: the lines are sent when it may not be any more.
    """

    format: ExportFormat
    header: list[str]
    cells: list[str]
    guard: Guard


def spreadsheet_layout() -> FileLayout:
    """CSV for people: local times that a spreadsheet takes for times, and words instead of AWS's ids."""
    header: list[str] = []
    cells: list[str] = []
    for column in COLUMNS:
        title = str(column.label)
        header.append(zoned_title(title) if column.kind is ColumnKind.MOMENT else title)
        cells.append(_spreadsheet_cell(column))
        if column.id == "failure_reason":
            # The words can change with a version or a language; AWS's id can be looked up and counted.
            header.append(_("%(title)s (AWS)") % {"title": title})
            cells.append(_text_cell(column, safe_text_sql))
    return FileLayout(ExportFormat.CSV, header, cells, safe_text_sql)


def script_layout(header: str) -> FileLayout:
    """CSV for scripts: values as they are, but for formulas. ``header``: ``ids``, ``words`` or ``none``."""
    titles = {
        "ids": [column.id for column in COLUMNS],
        "words": [str(column.label) for column in COLUMNS],
    }
    cells = [
        _text_cell(column, without_formulas_sql) if column.kind is ColumnKind.TEXT else column.sql
        for column in COLUMNS
    ]
    return FileLayout(ExportFormat.CSV, titles.get(header, []), cells, without_formulas_sql)


def ndjson_layout() -> FileLayout:
    """Everything as it is: JSON has types, and no formulas."""
    cells = [f"{column.sql} AS {column.id}" for column in COLUMNS]
    return FileLayout(ExportFormat.NDJSON, [], cells, lambda expression: expression)


def _spreadsheet_cell(column: ExportColumn) -> str:
    if column.kind is ColumnKind.MOMENT:
        # In the time zone of the session. Excel and LibreOffice take this form for a time in every language.
        return f"{column.sql}::timestamp(0)"
    if column.known:
        words = " ".join(
            f"WHEN {sql_literal(value)} THEN {sql_literal(str(label))}"
            for value, label in column.known.items()
        )
        other = safe_text_sql(column.sql) if column.kind is ColumnKind.TEXT else column.sql
        return f"CASE {column.sql} {words} ELSE {other} END"
    return _text_cell(column, safe_text_sql) if column.kind is ColumnKind.TEXT else column.sql


def _text_cell(column: ExportColumn, guard: Guard) -> str:
    """Regular expressions cost more than all else that an export does, so what is surely harmless meets none."""
    cases = [f"WHEN {column.sql} IS NULL THEN NULL"]
    if column.known:
        cases.append(f"WHEN {column.sql} IN ({', '.join(map(sql_literal, column.known))}) THEN {column.sql}")
    if column.usual:
        cases.append(f"WHEN {column.usual.condition} THEN {column.usual.sql}")
    return f"CASE {' '.join(cases)} ELSE {guard(column.sql)} END"
