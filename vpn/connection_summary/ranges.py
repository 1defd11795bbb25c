"""Which days a summary is about, and what its bars stand for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# More bars than these can't be told apart on a telephone.
MAX_DAY_BARS: Final = 92
WEEK: Final = timedelta(days=7)


class RangePreset(TextChoices):
    WEEK = "7d", _("7 days")
    DAYS_30 = "30d", _("30 days")
    MONTH = "month", _("This month")
    LAST_MONTH = "last-month", _("Last month")
    LONG = "400d", _("400 days")


# Sessions last a day: older days than these change only when the log comes late.
UNSETTLED: Final = timedelta(days=3)
DAYS: Final = {RangePreset.WEEK: 7, RangePreset.DAYS_30: 30, RangePreset.LONG: 400}


@dataclass(frozen=True)
class DateRange:
    """Days of TIME_ZONE; ``last`` counts."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        return midnight(self.first)

    @property
    def until(self) -> datetime:
        return midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def by_week(self) -> bool:
        return len(self.days) > MAX_DAY_BARS

    def buckets(self) -> list["DateRange"]:
        """What each bar stands for: a day, or a week from Monday on; the weeks at the ends may be shorter."""
        if not self.by_week:
            return [DateRange(day, day) for day in self.days]
        mondays = [day for day in self.days[1:] if day.weekday() == 0]
        firsts = [self.first, *mondays]
        lasts = [day - timedelta(days=1) for day in mondays] + [self.last]
        return [DateRange(first, last) for first, last in zip(firsts, lasts, strict=True)]

    def months(self) -> list[date]:
        """First days of the months that lie in it as a whole."""
        firsts = [day for day in self.days if day.day == 1]
        return [day for day in firsts if _month_end(day) <= self.last]

    def days_outside(self, months: list[date]) -> list[date]:
        inside = set(months)
        return [day for day in self.days if day.replace(day=1) not in inside]


def midnight(day: date) -> datetime:
    """The moment at which a day of TIME_ZONE begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def settled_part(span: DateRange, *, today: date) -> DateRange | None:
    """What of it hardly changes any more; None: nothing."""
    last = min(span.last, today - UNSETTLED)
    return DateRange(span.first, last) if span.first <= last else None


def preset_range(preset: RangePreset, *, today: date) -> DateRange:
    """Today counts, though it isn't over."""
    first_of_month = today.replace(day=1)
    match preset:
        case RangePreset.MONTH:
            return DateRange(first_of_month, today)
        case RangePreset.LAST_MONTH:
            last = first_of_month - timedelta(days=1)
            return DateRange(last.replace(day=1), last)
        case _:
            return DateRange(today - timedelta(days=DAYS[preset] - 1), today)


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
