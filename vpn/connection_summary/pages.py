"""The summary's sections, made from sums that are already read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from vpn.charts.bars import BarChart, Series, SeriesPoint, stacked_bars
from vpn.charts.heat_map import HeatMap, heat_map
from vpn.charts.scales import percent
from vpn.connection_log import reasons, units
from vpn.connection_log.coverage.queries import LogCoverage
from vpn.connection_log.search.links import failed_url, search_url
from vpn.connection_summary import formats
from vpn.connection_summary.queries import DayTotals, Newcomers
from vpn.connection_summary.ranges import WEEK, DateRange

HOURS: Final = range(24)


@dataclass(frozen=True)
class BucketRow:
    """A day or a week: a bar of the charts, and a line of their table. ``known``: the log of some of it is stored."""

    label: str
    title: str
    connected: int
    failed: int
    peak: int
    duration: str
    traffic: str
    url: str
    failed_url: str
    known: bool


@dataclass(frozen=True)
class ReasonRow:
    """``verbatim``: AWS's own text, where ours doesn't say it."""

    words: str
    verbatim: str
    failures: int
    share: str
    percent: str
    url: str


@dataclass(frozen=True)
class SummaryTotal:
    label: str
    value: str
    sub: str = ""


@dataclass(frozen=True)
class SummaryFacts:
    """What every section is about."""

    span: DateRange
    endpoint_id: str

    @property
    def condition(self) -> dict[str, str]:
        return {"endpoint_id": self.endpoint_id} if self.endpoint_id else {}


def bucket_rows(about: SummaryFacts, days: dict[date, DayTotals], stored: LogCoverage) -> list[BucketRow]:
    rows = []
    for bucket in about.span.buckets():
        counted = [days[day] for day in bucket.days if day in days]
        seconds = sum(day.seconds for day in counted)
        rows.append(
            BucketRow(
                label=formats.bar_label(bucket, by_week=about.span.by_week),
                title=formats.format_range(bucket),
                connected=sum(day.connected for day in counted),
                failed=sum(day.failed for day in counted),
                peak=max((day.peak for day in counted), default=0),
                duration=formats.format_hours(seconds),
                traffic=units.format_size(sum(day.bytes for day in counted)),
                url=search_url(bucket.since, bucket.until, **about.condition),
                failed_url=failed_url(bucket.since, bucket.until, **about.condition),
                known=bool(counted) or stored.knows_any_of(bucket.since, bucket.until),
            )
        )
    return rows


def timeline(rows: list[BucketRow]) -> BarChart:
    points = [
        SeriesPoint(
            row.label,
            _("%(when)s: %(connected)s connected, %(failed)s failed")
            % {"when": row.title, "connected": f"{row.connected:,}", "failed": f"{row.failed:,}"},
            (row.connected, row.failed),
            url=row.url,
        )
        for row in rows
    ]
    busiest = max(rows, key=lambda row: row.connected)
    return stacked_bars(
        "timeline",
        title=_("Connections over time"),
        description=_("Most on %(when)s: %(connected)s connected, %(failed)s failed.")
        % {
            "when": busiest.title,
            "connected": f"{busiest.connected:,}",
            "failed": f"{busiest.failed:,}",
        },
        series=[Series(_("Connections"), "ai"), Series(_("Failed"), "out")],
        points=points,
    )


def peaks(rows: list[BucketRow]) -> BarChart:
    highest = max(rows, key=lambda row: row.peak)
    description = _("%(when)s: at most %(peak)s connected at the same time")
    return stacked_bars(
        "peaks",
        title=_("Connected at the same time"),
        description=description % {"when": highest.title, "peak": f"{highest.peak:,}"},
        series=[Series(_("Connected at the same time"), "ai")],
        points=[
            SeriesPoint(
                row.label,
                description % {"when": row.title, "peak": f"{row.peak:,}"},
                (row.peak,),
                url=row.url,
            )
            for row in rows
        ],
    )


def reason_rows(about: SummaryFacts, days: Iterable[DayTotals]) -> list[ReasonRow]:
    counts: dict[str, int] = {}
    for day in days:
        for reason, failures in day.failures.items():
            counts[reason] = counts.get(reason, 0) + failures
    whole, highest = sum(counts.values()), max(counts.values(), default=0)
    return [
        ReasonRow(
            words=reasons.reason_text(reason) or _("No reason given"),
            verbatim=reason if reason in reasons.REASONS else "",
            failures=failures,
            share=formats.format_share(failures, whole),
            percent=percent(failures, highest),
            url=failed_url(about.span.since, about.span.until, reason=reason, **about.condition),
        )
        for reason, failures in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def newcomers(about: SummaryFacts, arrivals: Newcomers) -> BarChart:
    points = []
    for bucket in about.span.buckets():
        count = sum(arrivals.by_day.get(day, 0) for day in bucket.days)
        title = _("%(when)s: %(people)s for the first time") % {
            "when": formats.format_range(bucket),
            "people": f"{count:,}",
        }
        label = formats.bar_label(bucket, by_week=about.span.by_week)
        points.append(SeriesPoint(label, title, (count,), url="#newcomers-table" if count else ""))
    return stacked_bars(
        "arrivals",
        title=_("People who connected for the first time"),
        description=_("%(people)s people altogether.") % {"people": f"{arrivals.count:,}"},
        series=[Series(_("People"), "ai")],
        points=points,
    )


def by_hour(days: Iterable[DayTotals]) -> list[list[int]]:
    """Connections and attempts by weekday (Monday first) and hour."""
    sums = [[0] * 24 for _weekday in range(7)]
    for day in days:
        line = sums[day.day.weekday()]
        for hour, count in enumerate(day.hours):
            line[hour] += count
    return sums


def rhythm(about: SummaryFacts, sums: list[list[int]]) -> HeatMap:
    def describe_cell(weekday: int, hour: int) -> str:
        return _("%(weekday)s %(hour)s:00–%(hour)s:59: %(count)s") % {
            "weekday": formats.WEEKDAYS[weekday],
            "hour": hour,
            "count": f"{sums[weekday][hour]:,}",
        }

    _most, weekday, hour = max((sums[day][hour], day, hour) for day in range(7) for hour in HOURS)
    return heat_map(
        "rhythm",
        title=_("Connections by weekday and hour"),
        description=_("Most: %(when)s.") % {"when": describe_cell(weekday, hour)},
        rows=[str(name) for name in formats.WEEKDAYS],
        columns=[str(hour) if hour % 3 == 0 else "" for hour in HOURS],
        values=sums,
        words=describe_cell,
        url=lambda weekday, hour: _newest_hour(about, weekday, hour),
    )


def _newest_hour(about: SummaryFacts, weekday: int, hour: int) -> str:
    """A search knows no weekdays: the newest such hour of the range that has begun."""
    back = (about.span.last.weekday() - weekday) % 7
    day = about.span.last - timedelta(days=back)
    since = timezone.make_aware(datetime.combine(day, time(hour)))
    if since > timezone.now():
        day -= WEEK
        since = timezone.make_aware(datetime.combine(day, time(hour)))
    if day < about.span.first:
        return ""
    return search_url(since, since + timedelta(hours=1), **about.condition)
