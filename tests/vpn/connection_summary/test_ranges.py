"""Which days are meant, and what a bar stands for."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from vpn.connection_summary.ranges import DateRange, RangePreset, preset_range

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        (RangePreset.WEEK, date(2026, 11, 19), TODAY),
        (RangePreset.DAYS_30, date(2026, 10, 27), TODAY),
        (RangePreset.MONTH, date(2026, 11, 1), TODAY),
        (RangePreset.LAST_MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        (RangePreset.LONG, date(2025, 10, 22), TODAY),
    ],
)
def test_a_preset_means_these_days(preset: RangePreset, first: date, last: date) -> None:
    assert preset_range(preset, today=TODAY) == DateRange(first, last)


def test_the_last_month_in_january_is_december() -> None:
    expected = DateRange(date(2026, 12, 1), date(2026, 12, 31))
    assert preset_range(RangePreset.LAST_MONTH, today=date(2027, 1, 31)) == expected


def test_days_begin_at_midnight_in_the_portals_time_zone() -> None:
    span = DateRange(date(2026, 11, 19), date(2026, 11, 20))
    assert (timezone.localtime(span.since).hour, span.until - span.since) == (0, timedelta(days=2))


@pytest.mark.parametrize("preset", RangePreset)
def test_bars_cover_each_day_once(preset: RangePreset) -> None:
    span = preset_range(preset, today=TODAY)
    buckets = span.buckets()
    assert [day for bucket in buckets for day in bucket.days] == span.days
    assert len(buckets) <= 92
    assert all(bucket.first.weekday() == 0 for bucket in buckets[1:]) or not span.by_week


@pytest.mark.parametrize("preset", RangePreset)
def test_whole_months_and_the_other_days_are_all_days(preset: RangePreset) -> None:
    span = preset_range(preset, today=TODAY)
    months = span.months()
    inside = [day for day in span.days if day.replace(day=1) in months]
    assert sorted([*inside, *span.days_outside(months)]) == span.days


def test_a_month_that_is_not_over_is_no_whole_month() -> None:
    assert preset_range(RangePreset.MONTH, today=TODAY).months() == []
    assert preset_range(RangePreset.LAST_MONTH, today=TODAY).months() == [date(2026, 10, 1)]
    assert preset_range(RangePreset.LONG, today=TODAY).months()[0] == date(2025, 11, 1)
