"""The sums of the summary as rows of a spreadsheet: numbers that it can reckon with, in seconds and bytes."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from vpn.connection_log.coverage.queries import LogCoverage
from vpn.connection_log.search.people import display_names
from vpn.connection_summary.pages import SummaryFacts
from vpn.connection_summary.queries import DayTotals, PersonTotals
from vpn.connection_summary.ranges import DateRange


def day_titles() -> list[str]:
    return [_("Day"), _("Connections"), _("Failed"), _("Peak concurrent"), *_sum_titles()]


def day_rows(about: SummaryFacts, days: dict[date, DayTotals], stored: LogCoverage) -> list[list[Any]]:
    """Every day of the range. Cells are empty for days whose log isn't stored: no 0 stands for what nobody knows."""
    return [_day_cells(day, days.get(day), stored) for day in about.span.days]


def person_titles() -> list[str]:
    return [_("Username"), _("Name"), _("Connections"), *_sum_titles()]


def person_rows(people: Iterable[PersonTotals]) -> list[list[Any]]:
    people = list(people)
    names = display_names(person.username for person in people)
    return [
        [
            person.username,
            names.get(person.username, ""),
            person.connections,
            person.seconds,
            person.bytes,
        ]
        for person in people
    ]


def _sum_titles() -> list[str]:
    return [_("Connected time (seconds)"), _("Traffic (bytes)")]


def _day_cells(day: date, sums: DayTotals | None, stored: LogCoverage) -> list[Any]:
    if sums:
        return [day, sums.connected, sums.failed, sums.peak, sums.seconds, sums.bytes]
    whole = DateRange(day, day)
    value = 0 if stored.knows_any_of(whole.since, whole.until) else None
    return [day, *[value] * 5]
