"""Ranges by one press: what each of them is at a moment."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings

from vpn.connection_log.search.presets import preset_range

ZONE = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("hour", "2026-11-28T02:13", "2026-11-28T03:13"),
        ("day", "2026-11-27T03:13", "2026-11-28T03:13"),
        ("night", "2026-11-27T18:00", "2026-11-28T09:00"),
        ("week", "2026-11-22T00:00", "2026-11-29T00:00"),
        ("month", "2026-10-30T00:00", "2026-11-29T00:00"),
        ("this-month", "2026-11-01T00:00", "2026-11-29T00:00"),
        ("last-month", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("all", "2026-08-31T00:00", "2026-11-29T00:00"),
    ],
)
@override_settings(LOG_RETENTION_DAYS=90)
def test_each_is_what_its_name_says(name: str, since: str, until: str) -> None:
    now = datetime(2026, 11, 28, 3, 12, 40, tzinfo=ZONE)
    assert tuple(f"{at:%Y-%m-%dT%H:%M}" for at in preset_range(name, now)) == (since, until)


def test_days_of_another_length_end_at_midnight_too() -> None:
    """Berlin's clocks are put back on 2026-10-25."""
    since, until = preset_range("week", datetime(2026, 10, 26, 3, tzinfo=ZoneInfo("Europe/Berlin")))
    assert (since.hour, until.hour, since.day, until.day) == (0, 0, 20, 27)
