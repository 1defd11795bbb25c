"""The whole summary of a range: sections in the order of the page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from vpn.charts.bars import BarChart
from vpn.charts.heat_map import HeatMap
from vpn.connection_log import units
from vpn.connection_log.coverage.queries import LogCoverage
from vpn.connection_summary import formats, pages, queries, tables
from vpn.connection_summary.forms import labels
from vpn.connection_summary.pages import BucketRow, ReasonRow, SummaryFacts, SummaryTotal
from vpn.connection_summary.tables import EndpointTotalsRow, ExtremeRow, NewcomerRow, PersonRow

# Days are counted every minute; one that waits for longer than this is worth a word.
LATE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class HourRow:
    weekday: str
    hours: list[int]


@dataclass(frozen=True)
class SummaryReport:
    totals: list[SummaryTotal]
    rows: list[BucketRow]
    timeline: BarChart
    peaks: BarChart
    reasons: list[ReasonRow]
    arrivals: BarChart
    arrived: int
    newcomers: list[NewcomerRow]
    people_by_seconds: list[PersonRow]
    people_by_bytes: list[PersonRow]
    longest: list[ExtremeRow]
    largest: list[ExtremeRow]
    rhythm: HeatMap
    hours: list[HourRow]
    endpoints: list[EndpointTotalsRow]
    empty: bool
    state: queries.SummaryState
    late: bool

    @property
    def usernames(self) -> set[str]:
        """Of those whom the page names."""
        people = {row.username for row in (*self.people_by_seconds, *self.people_by_bytes)}
        singles = {row.username for row in (*self.longest, *self.largest)}
        return (people | singles | {row.username for row in self.newcomers}) - {""}


def report(about: SummaryFacts, stored: LogCoverage) -> SummaryReport:
    """``stored``: what the log knows of these days."""
    days = queries.days(about.span, about.endpoint_id)
    people = queries.people(about.span, about.endpoint_id)
    arrivals = queries.newcomers(about.span, newest=tables.SHOWN_NEWCOMERS)
    names = labels()
    rows = pages.bucket_rows(about, days, stored)
    sums = pages.by_hour(days.values())
    state = queries.state()
    return SummaryReport(
        totals=_totals(list(days.values()), people.count),
        rows=rows,
        timeline=pages.timeline(rows),
        peaks=pages.peaks(rows),
        reasons=pages.reason_rows(about, days.values()),
        arrivals=pages.newcomers(about, arrivals),
        arrived=arrivals.count,
        newcomers=tables.newcomer_rows(about, arrivals.newest),
        people_by_seconds=tables.person_rows(about, people.by_seconds, by="seconds"),
        people_by_bytes=tables.person_rows(about, people.by_bytes, by="bytes"),
        longest=tables.single_rows(
            about, queries.longest(about.span, about.endpoint_id), by="seconds", labels=names
        ),
        largest=tables.single_rows(
            about, queries.largest(about.span, about.endpoint_id), by="bytes", labels=names
        ),
        rhythm=pages.rhythm(about, sums),
        hours=[HourRow(str(formats.WEEKDAYS[day]), line) for day, line in enumerate(sums)],
        endpoints=tables.endpoint_rows(about, queries.endpoints(about.span), labels=names),
        empty=not days,
        state=state,
        late=state.waiting_since is not None and state.waiting_since < timezone.now() - LATE,
    )


def _totals(days: list[queries.DayTotals], people: int) -> list[SummaryTotal]:
    connected, failed = sum(day.connected for day in days), sum(day.failed for day in days)
    peak = max(days, key=lambda day: day.peak, default=None)
    return [
        SummaryTotal(_("Connections"), f"{connected:,}"),
        SummaryTotal(
            _("Failed"),
            f"{failed:,}",
            _("%(share)s of all attempts") % {"share": formats.format_share(failed, connected + failed)},
        ),
        SummaryTotal(_("People"), f"{people:,}"),
        SummaryTotal(
            _("Peak concurrent"),
            f"{peak.peak:,}" if peak else "0",
            formats.format_day(peak.day) if peak and peak.peak else "",
        ),
        SummaryTotal(_("Connected time altogether"), formats.format_hours(sum(day.seconds for day in days))),
        SummaryTotal(_("Traffic"), units.format_size(sum(day.bytes for day in days))),
    ]
