"""CSV that people open in Excel or LibreOffice: what a cell may hold, and files of rows.

A spreadsheet guesses: it runs ``=1+1`` as a formula, takes ``0012345`` for 12345, ``1e5`` for 100000 and ``1-2`` for a
day. CSV has no types, and neither program respects quotes there, so an apostrophe goes in front of such text. The rules
are regular expressions that Python and PostgreSQL read alike (``safe_text``, ``safe_text_sql``), so that a million rows
need not come through Python.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.downloads import attachment

# Without one, Excel takes UTF-8 for Shift_JIS.
BYTE_ORDER_MARK: Final = "\ufeff"
MEDIA_TYPE: Final = "text/csv; charset=utf-8"
# Blanks, also wide and invisible ones, and quotes: a spreadsheet looks past them. No class of the locale's: it would
# hold different characters in PostgreSQL and in Python.
BLANKS: Final = r""" \t\r\n\v\f\u0085\u00a0\u2028\u2029\u3000\u200b\ufeff"'"""
# Where a spreadsheet may begin a new cell, whatever separates them in its language or was chosen in its dialog.
SEPARATORS: Final = r",;|\t\r\n\v\f"
# With their wide and small forms, which Excel takes for the same in Japan; and the minus sign of mathematics
SIGNS: Final = r"=+@\-＝＋－＠﹦﹢﹣﹫\u2212"
FORMULA: Final = rf"\A[{BLANKS}{SEPARATORS}]*[{SIGNS}]|\A[\t\r\n]"
# A separator in the text begins a cell for whoever separates by it, so an apostrophe at the front is not enough.
LATER_FORMULA: Final = rf"([{SEPARATORS}][{BLANKS}]*)([{SIGNS}])"
DIGIT: Final = "0-9０-９"
# \u0025 is the percent sign, which would be a parameter's place in SQL.
MARKS: Final = r" \t\u00a0\u3000.,:/+\-()\u0025¥$€£_年月日時分秒．，：／＋－（）％￥"
MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
NUMBER: Final = (
    # 0012345, 1-2, 10:30, １２３, 3月5日, (5), ¥100; 1e5
    rf"(?i)\A(?:[{MARKS}]*[{DIGIT}][{DIGIT}{MARKS}]*(?:[eｅＥ][{DIGIT}{MARKS}]*)?"
    # 2 mar, dec1, 1-Jan-26, 3 pm
    rf"|(?=.*[{DIGIT}])[{DIGIT}{MARKS}]*(?:(?:{MONTHS})[a-z]*|[ap]m)[{DIGIT}{MARKS}]*"
    # R8.1.1, 令和8年1月1日
    rf"|(?:[rhstm]|令和|平成|昭和|大正|明治)[{DIGIT}]+[{MARKS}]+[{DIGIT}][{DIGIT}{MARKS}]*"
    r"|true|false)\Z"
)
_FORMULA: Final = re.compile(FORMULA)
_LATER_FORMULA: Final = re.compile(LATER_FORMULA)
# ASCII: else ``(?i)`` would take the long s for an s here, and not in PostgreSQL.
_NUMBER: Final = re.compile(NUMBER, re.ASCII)


def safe_text(text: str) -> str:
    """``text`` with an apostrophe before whatever a spreadsheet would not take for text."""
    guarded = _LATER_FORMULA.sub(r"\1'\2", text)
    return f"'{guarded}" if _FORMULA.match(text) or _NUMBER.match(text) else guarded


def safe_text_sql(expression: str) -> str:
    """SQL for safe_text() of an SQL expression of type text; NULL stays NULL."""
    # "1,-2" is both: a number by its comma, and a formula for whoever separates cells by it.
    number = f"'''' || {_later_guarded(expression)}"
    return (
        f"CASE WHEN {_matches(expression, NUMBER)} THEN {number} ELSE {without_formulas_sql(expression)} END"
    )


def without_formulas_sql(expression: str) -> str:
    """SQL for ``expression`` with an apostrophe before what would be a formula; numbers and dates as they are."""
    # Both patterns at once first: nearly no text holds any of it, and looking once costs half of looking twice.
    suspect = _matches(expression, f"{FORMULA}|{LATER_FORMULA}")
    front = f"CASE WHEN {_matches(expression, FORMULA)} THEN '''' ELSE '' END"
    return f"CASE WHEN {suspect} THEN {front} || {_later_guarded(expression)} ELSE {expression} END"


def _later_guarded(expression: str) -> str:
    return f"regexp_replace({expression}, {sql_literal(LATER_FORMULA)}, '\\1''\\2', 'g')"


def _matches(expression: str, pattern: str) -> str:
    # "C": by code points, as in Python, and several times faster than by the rules of a language.
    return f'({expression}) COLLATE "C" ~ {sql_literal(pattern)}'


def sql_literal(text: str) -> str:
    """Text of ours in a statement with parameters; what others chose is a parameter, never this."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def zoned_title(title: str) -> str:
    """The title of a column of moments: a spreadsheet takes a time with an offset for text, so the zone stands here."""
    return _("%(title)s (%(zone)s time)") % {"title": title, "zone": settings.TIME_ZONE}


def csv_line(cells: Iterable[Any]) -> str:
    """A line of CSV. Text is made safe, moments are the portal's local time, None is empty."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_cell(value) for value in cells])
    return line.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | int | float):
        return str(value)
    return safe_text(str(value))


def csv_response(name: str, titles: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A download of ``rows`` under their titles, sent as they come."""

    def lines() -> Iterator[str]:
        yield BYTE_ORDER_MARK + csv_line(titles)
        yield from map(csv_line, rows)

    headers = {"Content-Disposition": attachment(name)}
    return StreamingHttpResponse(lines(), content_type=MEDIA_TYPE, headers=headers)


def ranged_name(subject: str, since: datetime | None, until: datetime | None, extension: str) -> str:
    """A file's name that says what it holds: the subject and the range, whose end ``until`` isn't part of.

    Whole days are days; other ranges have their times. Downloaded twice in a day, two ranges have two names.
    """
    parts = [subject]
    if since and until:
        parts += _range_parts(timezone.localtime(since), timezone.localtime(until))
    return f"{'_'.join(parts)}.{extension}"


def _range_parts(since: datetime, until: datetime) -> list[str]:
    if any((moment.hour, moment.minute, moment.second) != (0, 0, 0) for moment in (since, until)):
        # No colon: file systems of Windows refuse it.
        return [f"{since:%Y-%m-%dT%H%M}", f"{until:%Y-%m-%dT%H%M}"]
    first, last = since.date(), until.date() - timedelta(days=1)
    return [f"{first:%Y-%m-%d}"] if first == last else [f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"]
