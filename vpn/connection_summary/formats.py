"""Days, weeks and numbers as the summary writes them."""

from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from vpn.connection_log import units
from vpn.connection_summary.ranges import DateRange

WEEKDAYS: Final[tuple[Promise, ...]] = (
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)


def bar_label(bucket: DateRange, *, by_week: bool) -> str:
    if by_week:
        return date_format(bucket.first, pgettext("date format: a week below a bar", "m-d"))
    return date_format(bucket.first, pgettext("date format: a day below a bar of the summary", "m-d (D)"))


def format_range(bucket: DateRange) -> str:
    """A day, or the days from one to another."""
    if bucket.first == bucket.last:
        return format_day(bucket.first)
    return _("%(first)s to %(last)s") % {"first": format_day(bucket.first), "last": format_day(bucket.last)}


def format_day(moment: date) -> str:
    return date_format(moment, "DATE_FORMAT")


def format_share(part: float, whole_number: float) -> str:
    """Percent, with a digit behind the point where it says something."""
    if not whole_number:
        return "–"
    percent = 100 * part / whole_number
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"


def format_hours(seconds: int) -> str:
    """Of many connections together: minutes would say nothing."""
    whole_hours = round(seconds / 3600)
    if whole_hours < 1:
        return units.format_duration(seconds)
    return ngettext("%(hours)s hour", "%(hours)s hours", whole_hours) % {"hours": f"{whole_hours:,}"}
