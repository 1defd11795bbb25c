"""The bars of a histogram over a range of time: pure. Their edges are round times of the portal's time zone."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

MAX_BINS: Final = 60
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Each divides the next round time (an hour, a day, a week), so that edges fall on it.
BIN_WIDTHS: Final = (
    *(MINUTE * many for many in (1, 2, 5, 10, 20, 30)),
    *(HOUR * many for many in (1, 2, 3, 6, 12)),
    *(DAY * many for many in (1, 2, 7, 14, 28, 91, 364, 3640)),
)


def bin_width(since: datetime, until: datetime) -> timedelta:
    """The smallest that needs no more than MOST bars."""
    return next((step for step in BIN_WIDTHS if (until - since) / step <= MAX_BINS), BIN_WIDTHS[-1])


def bin_edges(since: datetime, until: datetime) -> list[datetime]:
    """Where each bar begins, and where the last one ends; the first and the last bar may be cut short by the range."""
    step = bin_width(since, until)
    midnight = timezone.localtime(since).replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= DAY:
        days = range(step.days, (until - midnight).days + step.days + 1, step.days)
        inner = [_day(midnight, many) for many in days]
    else:
        first = midnight + (since - midnight) // step * step
        inner = [first + step * number for number in range(1, MAX_BINS + 2)]
    return [since, *(edge for edge in inner if since < edge < until), until]


def _day(midnight: datetime, days: int) -> datetime:
    """Midnight, also where a day has 23 or 25 hours."""
    return timezone.make_aware(midnight.replace(tzinfo=None) + timedelta(days=days))
