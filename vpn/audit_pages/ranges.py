"""The ranges of the audit page: days of the portal's time zone."""

from datetime import date, timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AuditRange(TextChoices):
    TODAY = "today", _("Today")
    WEEK = "7d", _("7 days")
    MONTH = "month", _("This month")
    LAST_MONTH = "last-month", _("Last month")
    ALL = "all", _("Everything")


DEFAULT: Final = AuditRange.WEEK


def range_days(chosen: AuditRange, *, today: date) -> tuple[date | None, date | None]:
    """The first and the last day; None for both: every day. Today counts, though it isn't over."""
    first_of_month = today.replace(day=1)
    match chosen:
        case AuditRange.TODAY:
            return today, today
        case AuditRange.WEEK:
            return today - timedelta(days=6), today
        case AuditRange.MONTH:
            return first_of_month, today
        case AuditRange.LAST_MONTH:
            last = first_of_month - timedelta(days=1)
            return last.replace(day=1), last
        case _:
            return None, None
