"""Days and moments as people say them."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import translation

from vpn.moments import format_day, format_moment, format_table_moment

# In Tokyo it is the next day already.
EVENING = datetime(2026, 11, 22, 23, 12, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "year", "words"),
    [
        ("ja", 2026, "11月23日 08:12"),
        ("en", 2026, "2026-11-23 08:12"),
        ("ja", 2027, "2026年11月23日（月） 08:12"),
        ("en", 2027, "2026-11-23 08:12"),
    ],
)
def test_a_moment_has_no_seconds_and_in_japanese_no_year_but_another_one(
    language: str, year: int, words: str
) -> None:
    with translation.override(language), time_machine.travel(datetime(year, 12, 1, tzinfo=UTC), tick=False):
        assert format_moment(EVENING) == words


def test_a_day_is_the_one_in_the_portals_time_zone() -> None:
    with translation.override("ja"), time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC), tick=False):
        assert format_day(EVENING) == "11月23日"
        assert format_day(date(2026, 11, 3)) == "11月3日"


@pytest.mark.parametrize(
    ("language", "year", "words"),
    [
        ("ja", 2026, "11/23 08:12:45"),
        ("en", 2026, "2026-11-23 08:12:45"),
        ("ja", 2027, "2026/11/23 08:12:45"),
        ("en", 2027, "2026-11-23 08:12:45"),
    ],
)
def test_a_moment_in_a_table_has_its_seconds(language: str, year: int, words: str) -> None:
    with translation.override(language), time_machine.travel(datetime(year, 12, 1, tzinfo=UTC), tick=False):
        assert format_table_moment(EVENING) == words
