"""The tab of an endpoint's page that shows its metrics, beside the same numbers of the connection log."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from vpn.charts.bars import BarChart, Series, SeriesPoint, stacked_bars
from vpn.connection_log.coverage.queries import LogCoverage, coverage
from vpn.connection_summary.models import SummaryDay
from vpn.endpoints.models import Endpoint
from vpn.metrics.definitions import AUTHENTICATION_FAILURES, CONNECTIONS, CloudWatchMetric
from vpn.metrics.log_counts import failures_by_step, most_connected
from vpn.metrics.queries import metrics_state, points
from vpn.metrics.services import floor_to_period

DAY: Final = timedelta(days=1)


class MetricRange(TextChoices):
    """How far back the charts go. Values are the parameter ``range`` of the page's URL."""

    DAY = "day", gettext_lazy("24 hours")
    WEEK = "week", gettext_lazy("7 days")
    QUARTER = "quarter", pgettext_lazy("range of a chart", "90 days")


# How long a bar is; of the last range it is a day of the portal's time zone, as the summary's are.
STEPS: Final = {MetricRange.DAY: timedelta(minutes=30), MetricRange.WEEK: timedelta(hours=3)}
LENGTHS: Final = {MetricRange.DAY: DAY, MetricRange.WEEK: 7 * DAY, MetricRange.QUARTER: 90 * DAY}


@dataclass(frozen=True)
class WitnessRow:
    """What both say of the time from ``since`` on; None: not known."""

    since: datetime
    label: str
    title: str
    metric: int | None
    logged: int | None


@dataclass(frozen=True)
class WitnessChart:
    """``rows``: the same numbers as a table."""

    key: str
    title: Promise
    note: Promise
    chart: BarChart
    rows: list[WitnessRow]


@dataclass(frozen=True)
class RangeLink:
    label: str
    url: str
    current: bool


def metrics_context(endpoint: Endpoint, wanted: str, now: datetime) -> dict[str, Any]:
    """What the tab's template needs. ``wanted``: the parameter ``range``, whatever somebody wrote there."""
    shown = MetricRange(wanted) if wanted in MetricRange.values else MetricRange.DAY
    state = metrics_state(endpoint.account, now)
    starts, step = _bars(shown, now)
    stored = coverage(starts[0], now, endpoint_ids={endpoint.endpoint_id})
    return {
        "metrics": state,
        "ranges": [
            RangeLink(str(choice.label), f"?tab=metrics&range={choice.value}", current=choice == shown)
            for choice in MetricRange
        ],
        "charts": [
            WitnessChart(key, title, note, _chart(key, title, rows), rows)
            for key, title, note, metric, merge, count in _WITNESSES
            for rows in [_rows(endpoint, shown, starts, step, stored, metric, merge, count)]
        ],
    }


def _bars(shown: MetricRange, now: datetime) -> tuple[list[datetime], timedelta]:
    """When each bar begins; the last one is under way."""
    if shown == MetricRange.QUARTER:
        today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        return [_midnight(today, days) for days in range(LENGTHS[shown].days - 1, -1, -1)], DAY
    step = STEPS[shown]
    last = floor_to_period(now)
    # Whole steps of the hour or the day, so that bars stay where they are when the page is loaded again.
    last -= timedelta(seconds=last.timestamp() % step.total_seconds())
    return [last - step * number for number in range(LENGTHS[shown] // step - 1, -1, -1)], step


def _midnight(today: datetime, days_before: int) -> datetime:
    day = (today - timedelta(days=days_before)).date()
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # made aware at once


def _rows(
    endpoint: Endpoint,
    shown: MetricRange,
    starts: list[datetime],
    step: timedelta,
    stored: LogCoverage,
    metric: CloudWatchMetric,
    merge: Callable[[Iterable[float]], float],
    count: Callable[[str, MetricRange, list[datetime], timedelta], Sequence[int]],
) -> list[WitnessRow]:
    by_bar: dict[int, list[float]] = {}
    bar = 0
    for moment, value in points(endpoint.endpoint_id, metric.name, starts[0], starts[-1] + step):
        while bar + 1 < len(starts) and moment >= starts[bar + 1]:
            bar += 1
        if value is not None:
            by_bar.setdefault(bar, []).append(value)
    logged = count(endpoint.endpoint_id, shown, starts, step)
    return [
        WitnessRow(
            since=start,
            label=_label(start, shown),
            title=_title(start, shown),
            metric=int(merge(by_bar[number])) if number in by_bar else None,
            logged=logged[number] if _is_logged(stored, start, start + step) else None,
        )
        for number, start in enumerate(starts)
    ]


def _is_logged(stored: LogCoverage, since: datetime, until: datetime) -> bool:
    """Whether 0 would be an answer for some of this time."""
    missing = any(gap.since <= since and gap.until >= min(until, stored.until) for gap in stored.gaps)
    return stored.knows_any_of(since, until) and not missing


def _title(start: datetime, shown: MetricRange) -> str:
    local = timezone.localtime(start)
    if shown == MetricRange.QUARTER:
        return date_format(local, "DATE_FORMAT")
    # Bars begin with a minute: the seconds of SHORT_DATETIME_FORMAT would say nothing.
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {date_format(local, 'H:i')}"


def _label(start: datetime, shown: MetricRange) -> str:
    local = timezone.localtime(start)
    if shown == MetricRange.DAY:
        return date_format(local, "H:i")
    return date_format(local, pgettext("date format: a week below a bar", "m-d"))


def _chart(key: str, title: Promise, rows: list[WitnessRow]) -> BarChart:
    """Two bars side by side for each time: CloudWatch's and the log's. What isn't known is a bar as high as any."""
    known = [value for row in rows for value in (row.metric, row.logged) if value is not None]
    unknown = max(max(known, default=0), 1)
    bars = []
    for row in rows:
        words = _("%(when)s: CloudWatch %(metric)s, connection log %(logged)s") % {
            "when": row.title,
            "metric": _words(row.metric),
            "logged": _words(row.logged),
        }
        metric = (row.metric, 0, 0) if row.metric is not None else (0, 0, unknown)
        logged = (0, row.logged, 0) if row.logged is not None else (0, 0, unknown)
        bars += [SeriesPoint(row.label, words, metric), SeriesPoint(row.label, words, logged)]
    series = [
        Series("CloudWatch", "ai"),
        Series(_("Connection log"), "ink-2"),
        Series(_("Not known"), "line"),
    ]
    return stacked_bars(
        key, title=str(title), description=_summary(rows), series=series, points=bars, labels=8
    )


def _summary(rows: list[WitnessRow]) -> str:
    return _("At most %(metric)s by CloudWatch, %(logged)s by the connection log.") % {
        "metric": _words(max((row.metric for row in rows if row.metric is not None), default=None)),
        "logged": _words(max((row.logged for row in rows if row.logged is not None), default=None)),
    }


def _words(value: int | None) -> str:
    return _("not known") if value is None else f"{value:,}"


def _count_connected(
    endpoint_id: str, shown: MetricRange, starts: list[datetime], step: timedelta
) -> Sequence[int]:
    if shown != MetricRange.QUARTER:
        return most_connected(endpoint_id, starts, step)
    peaks = dict(_days(endpoint_id, starts).values_list("day", "peak"))
    return [peaks.get(timezone.localtime(start).date(), 0) for start in starts]


def _count_failed(
    endpoint_id: str, shown: MetricRange, starts: list[datetime], step: timedelta
) -> Sequence[int]:
    if shown != MetricRange.QUARTER:
        return failures_by_step(endpoint_id, starts, step)
    failed = {
        day: failed + unfinished
        for day, failed, unfinished in _days(endpoint_id, starts).values_list("day", "failed", "unfinished")
    }
    return [failed.get(timezone.localtime(start).date(), 0) for start in starts]


def _days(endpoint_id: str, starts: list[datetime]) -> Any:
    # A quarter's connections one by one would take seconds; the summary has counted them.
    first = timezone.localtime(starts[0]).date()
    return SummaryDay.objects.filter(endpoint_id=endpoint_id, day__gte=first)


_WITNESSES: Final = (
    (
        "connected",
        gettext_lazy("Connected at the same time"),
        gettext_lazy("CloudWatch counts once in five minutes, the log to the second."),
        CONNECTIONS,
        max,
        _count_connected,
    ),
    (
        "failed",
        gettext_lazy("Failed sign-ins"),
        gettext_lazy(
            "The log has every attempt that failed or wasn't finished; AWS doesn't say which CloudWatch counts."
        ),
        AUTHENTICATION_FAILURES,
        sum,
        _count_failed,
    ),
)
