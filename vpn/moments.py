"""Days and moments as people write them. English always has the year; Japanese only where it isn't this one.

Without seconds for what an employee reads about his own VPN; records are written to the second.
"""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext


def format_day(value: date | datetime) -> str:
    """「11月23日」, 「2025年11月23日(日)」, "2026-11-23"."""
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    this_year = day.year == timezone.localdate().year
    return date_format(day, "MONTH_DAY_FORMAT" if this_year else "DATE_FORMAT")


def format_moment(value: datetime) -> str:
    """「11月23日 10:12」, "2026-11-23 10:12"."""
    return f"{format_day(value)} {date_format(timezone.localtime(value), 'TIME_FORMAT')}"


def format_recent_moment(value: datetime) -> str:
    """「10:12」 for today, else as ``format_moment``."""
    if timezone.localdate(value) == timezone.localdate():
        return date_format(timezone.localtime(value), "TIME_FORMAT")
    return format_moment(value)


def format_table_moment(value: datetime) -> str:
    """「11/23 10:12:05」, 「2025/11/23 10:12:05」, "2026-11-23 10:12:05": to the second, as the log has it."""
    local = timezone.localtime(value)
    if local.year == timezone.localtime().year:
        return date_format(local, pgettext("date format: a moment of this year in a table", "Y-m-d H:i:s"))
    return date_format(local, "SHORT_DATETIME_FORMAT")
