"""Days and moments as people say them: the year only where it isn't this one, and no seconds.

For what an employee reads about his own VPN. Records are written to the second: SHORT_DATETIME_FORMAT.
"""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format


def day_words(value: date | datetime) -> str:
    """「11月23日」, "23 November"; with its year, and in Japanese with its weekday, if that was another year."""
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    this_year = day.year == timezone.localdate().year
    return date_format(day, "MONTH_DAY_FORMAT" if this_year else "DATE_FORMAT")


def moment_words(value: datetime) -> str:
    """「11月23日 10:12」, "23 November 10:12"."""
    return f"{day_words(value)} {date_format(timezone.localtime(value), 'TIME_FORMAT')}"
