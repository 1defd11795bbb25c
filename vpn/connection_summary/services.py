"""Counting the days anew on which something has changed."""

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.locks import AdvisoryLock, session_lock
from vpn.connection_log.database import execute, fetch_rows
from vpn.connection_log.models import ChangedDay
from vpn.connection_summary import statements
from vpn.connection_summary.models import PersonSpan, SummaryDay
from vpn.connection_summary.queries import complete_months
from vpn.connection_summary.ranges import DateRange, RangePreset, midnight, preset_range, settled_part


def recount(*, seconds: float = 120) -> int:
    """Count changed days, newest first, for about so many seconds; how many. 0 if somebody else is counting.

    A day that changes meanwhile is noted again by whoever changes it, and counted next time.
    """
    with session_lock(AdvisoryLock.SUMMARY) as free:
        return _recount(until=time.monotonic() + seconds) if free else 0


def _recount(*, until: float) -> int:
    _leave_other_zones()
    noted = list(ChangedDay.objects.values_list("pk", "day"))
    waiting: dict[int, set[date]] = {number: _local_days(day) for number, day in noted}
    counted: set[date] = set()
    for day in sorted({day for days in waiting.values() for day in days}, reverse=True):
        if counted and time.monotonic() > until:
            break
        _count(day)
        counted.add(day)
    ChangedDay.objects.filter(pk__in=[number for number, days in waiting.items() if days <= counted]).delete()
    _count_months()
    _count_spans()
    _forget_old()
    return len(counted)


def _local_days(day: date) -> set[date]:
    """The days of TIME_ZONE that a day in UTC is part of."""
    ends = (datetime.combine(day, clock.min, UTC), datetime.combine(day, clock.max, UTC))
    return {timezone.localdate(moment) for moment in ends}


def _count(day: date) -> None:
    values: dict[str, date | datetime | str] = {
        "day": day,
        "low": midnight(day),
        "high": midnight(day + timedelta(days=1)),
        "zone": settings.TIME_ZONE,
        "now": timezone.now(),
    }
    with transaction.atomic():
        execute(statements.ROOM)
        execute(statements.FORGET_DAY, values)
        execute(statements.COUNT_DAY, values)
        execute(statements.COUNT_PEOPLE, values)
        execute(statements.KEEP_EXTREMES, values)


def _count_months() -> None:
    this_month = timezone.localdate().replace(day=1)
    for (month,) in fetch_rows(statements.MISSING_MONTHS, {"this_month": this_month}):
        execute(statements.COUNT_MONTH, {"month": month})


def _count_spans() -> None:
    """Those that the summary offers today."""
    today = timezone.localdate()
    offered = [settled_part(preset_range(preset, today=today), today=today) for preset in RangePreset]
    spans = {span for span in offered if span}
    kept = PersonSpan.objects.all()
    for span in spans:
        kept = kept.exclude(first=span.first, last=span.last)
        if not PersonSpan.objects.filter(first=span.first, last=span.last).exists():
            _count_span(span)
    kept.delete()


def _count_span(span: DateRange) -> None:
    months = complete_months(span.months())
    values: dict[str, date | list[date]] = {
        "first": span.first,
        "last": span.last,
        "months": months,
        "days": span.days_outside(months),
    }
    execute(statements.COUNT_SPAN, values)


def _leave_other_zones() -> None:
    if SummaryDay.objects.exclude(zone=settings.TIME_ZONE).exists():
        execute(statements.OTHER_ZONE, {"zone": settings.TIME_ZONE})


def _forget_old() -> None:
    """What LOG_RETENTION_DAYS forgets of the connections is forgotten of their sums."""
    oldest = timezone.localdate() - timedelta(days=settings.LOG_RETENTION_DAYS)
    execute(statements.FORGET_BEFORE, {"day": oldest})
