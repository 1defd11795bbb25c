"""What the search page shows: a page of rows, the filters with their counts, the histogram."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from portal.text import with_note
from vpn.charts.bars import BarChart, Series, SeriesPoint, stacked_bars
from vpn.connection_log import reasons
from vpn.connection_log.models import Connection
from vpn.connection_log.search import queries
from vpn.connection_log.search.conditions import (
    ConnectionSearch,
    OutcomeFilter,
    PagePosition,
    parameters,
    query_string,
)
from vpn.connection_log.search.histogram_bins import DAY, bin_width
from vpn.connection_log.search.overview import SAMPLE, FacetCount, OverviewBar, SearchOverview
from vpn.connection_log.search.rows import SYSTEMS, ConnectionRow, connection_rows

SIZE: Final = 50
# More would push the rows off a telephone's screen; the form takes any other value.
SHOWN_VALUES: Final = 6
# Their texts are long, and elsewhere than among failures they are not what is asked for.
SHOWN_REASONS: Final = 2
FAILING: Final = frozenset({OutcomeFilter.FAILED, OutcomeFilter.UNFINISHED})
# Of the histogram's highest bar, in pixels: the rows below are what was asked for.
HISTOGRAM_HEIGHT: Final = 96
# Up to this length there is room for the weekday below a bar.
WEEKDAYS: Final = timedelta(days=14)


@dataclass(frozen=True)
class ConnectionPage:
    lines: list[ConnectionRow]
    newer_url: str
    older_url: str


@dataclass(frozen=True)
class FilterChip:
    """``current``: it is what is asked for, and its URL asks for it no more. ``count`` may be empty: not known."""

    label: str
    count: str
    url: str
    current: bool


@dataclass(frozen=True)
class Facet:
    label: str
    chips: list[FilterChip]


@dataclass(frozen=True)
class HistogramRow:
    """A bar in the table under the histogram."""

    label: str
    url: str
    connected: int
    failed: int


@dataclass(frozen=True)
class Histogram:
    chart: BarChart
    rows: list[HistogramRow]


def connections_url(search: ConnectionSearch, **position: str) -> str:
    extra = "".join(f"&{name}={value}" for name, value in position.items())
    return f"{reverse('connections')}?{query_string(search)}{extra}"


def range_query(search: ConnectionSearch) -> str:
    """The range alone, to go on with in a link."""
    return query_string(ConnectionSearch(search.since, search.until))


def attribution_url(search: ConnectionSearch) -> str:
    """Who was connected when a short range begins: the search finds what began later. Empty for other searches."""
    if search.until - search.since > DAY or search.connection_id:
        return ""
    people = ConnectionSearch(search.since, search.until, words=search.words, person=search.person)
    addresses = [network for network in (search.address, search.device_ip, search.client_ip) if network]
    if not people.names_people and any(address.prefixlen < address.max_prefixlen for address in addresses):
        return ""
    who = dict(parameters(people)).get("q") or "".join(
        str(address.network_address) for address in addresses[:1]
    )
    values = {"address": who, "at": f"{timezone.localtime(search.since):%Y-%m-%dT%H:%M}", "minutes": "0"}
    return f"{reverse('connections_attribution')}?{urlencode(values)}"


def find_page(
    search: ConnectionSearch, *, before: PagePosition | None, after: PagePosition | None
) -> ConnectionPage:
    """A page, with the way on in each direction; a beginning that is not full is filled up."""
    if after:
        rows = queries.newest(search, limit=SIZE + 1, after=after)
        if len(rows) > SIZE:
            shown = rows[:SIZE][::-1]
            return ConnectionPage(
                connection_rows(shown), _url(search, after=shown[0]), _url(search, before=shown[-1])
            )
        # Fewer than a page are newer: show the first page instead, so that none is nearly empty.
        before = None
    rows = queries.newest(search, limit=SIZE + 1, before=before)
    shown = rows[:SIZE]
    return ConnectionPage(
        connection_rows(shown),
        newer_url=_url(search, after=shown[0]) if before and shown else "",
        older_url=_url(search, before=shown[-1]) if len(rows) > SIZE else "",
    )


def _url(search: ConnectionSearch, **position: Connection) -> str:
    return connections_url(search, **{name: page_cursor(row) for name, row in position.items()})


def page_cursor(row: Connection) -> str:
    """What position_of() takes, fit for a URL."""
    return quote(f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}_{row.connection_id}", safe=":")


def parse_position(text: str) -> PagePosition | None:
    """From the URL; None for whatever is none."""
    at, _underscore, connection_id = text.partition("_")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            return None
        # PostgreSQL refuses offsets of 16 hours and more.
        return PagePosition(moment.astimezone(UTC), connection_id[:64].replace("\0", ""))
    except (ValueError, OverflowError):
        return None


def outcome_chips(search: ConnectionSearch, overview: SearchOverview | None) -> list[FilterChip]:
    labels = {None: _("All")} | {
        outcome: str(outcome.label) for outcome in OutcomeFilter if outcome is not OutcomeFilter.UNFINISHED
    }
    return [
        FilterChip(
            label=label,
            count=_count(overview, outcome),
            url=connections_url(replace(search, outcome=outcome)),
            current=search.outcome == outcome,
        )
        for outcome, label in labels.items()
    ]


def _count(overview: SearchOverview | None, outcome: OutcomeFilter | None) -> str:
    """Of the outcomes in a sample nothing is said: it would be taken for a count of all."""
    if overview is None or (outcome is not None and overview.counts[None].more):
        return ""
    return count_text(overview.counts[outcome])


def count_text(count: FacetCount) -> str:
    number = f"{count.number:,}"
    return _("%(number)s or more") % {"number": number} if count.more else number


def facets(
    search: ConnectionSearch, overview: SearchOverview | None, *, endpoints: dict[str, str]
) -> list[Facet]:
    """The values that there are, by how many have them; ``endpoints``: labels by id. Single values narrow nothing."""
    if overview is None:
        return []
    values: tuple[tuple[str, str, list[tuple[str, int]], dict[str, str]], ...] = (
        (_("Reason for failure"), "reason", overview.reasons, {}),
        (_("Device"), "device_type", overview.devices, SYSTEMS),
        (_("Endpoint"), "endpoint_id", overview.endpoints, endpoints),
    )
    all_facets = [
        Facet(label, _value_chips(search, name, numbers, labels, sampled=overview.sampled))
        for label, name, numbers, labels in values
    ]
    return [
        facet for facet in all_facets if len(facet.chips) > 1 or any(chip.current for chip in facet.chips)
    ]


def _value_chips(
    search: ConnectionSearch,
    name: str,
    numbers: list[tuple[str, int]],
    labels: dict[str, str],
    *,
    sampled: bool,
) -> list[FilterChip]:
    asked: str = getattr(search, name)
    few = name == "reason" and not asked and search.outcome not in FAILING
    shown = numbers[: SHOWN_REASONS if few else SHOWN_VALUES]
    if asked and asked not in {value for value, _number in shown}:
        shown = [(asked, 0), *shown]
    chips = [
        FilterChip(
            label=reasons.reason_text(value) if name == "reason" else labels.get(value, value),
            count="" if sampled or not number else f"{number:,}",
            url=connections_url(_with(search, name, "" if value == asked else value)),
            current=value == asked,
        )
        for value, number in shown
    ]
    if few and len(numbers) > len(shown):
        label = _("%(count)s more") % {"count": len(numbers) - len(shown)}
        failures = connections_url(replace(search, outcome=OutcomeFilter.FAILED))
        chips.append(FilterChip(label=label, count="", url=failures, current=False))
    return chips


def _with(search: ConnectionSearch, name: str, value: str) -> ConnectionSearch:
    match name:
        case "reason":
            return replace(search, reason=value)
        case "device_type":
            return replace(search, device_type=value)
    return replace(search, endpoint_id=value)


def result_summary(
    page: ConnectionPage, overview: SearchOverview | None, search: ConnectionSearch, *, first: bool
) -> str:
    shown = len(page.lines)
    if overview is None or not first:
        return ngettext("%(shown)s entry", "%(shown)s entries", shown) % {"shown": shown}
    count = overview.counts[search.outcome]
    if overview.counts[None].more and search.outcome:
        return _("The newest %(shown)s") % {"shown": shown}
    if count.more:
        return _("The newest %(shown)s of %(all)s or more") % {"shown": shown, "all": f"{count.number:,}"}
    return _("The newest %(shown)s of %(all)s") % {"shown": shown, "all": f"{count.number:,}"}


def histogram(search: ConnectionSearch, bars: Iterable[OverviewBar]) -> Histogram:
    bars = list(bars)
    step = bin_width(search.since, search.until)
    points = [
        SeriesPoint(
            label=_axis(bar.since, step, search),
            title=f"{_span(bar, step)}: {_numbers(bar)}",
            values=(bar.connected, bar.failed),
            url=_bar_url(search, bar),
        )
        for bar in bars
    ]
    connected, failed = sum(bar.connected for bar in bars), sum(bar.failed for bar in bars)
    chart = stacked_bars(
        "histogram",
        title=_("Connections over time"),
        description=_("%(connected)s connected and %(failed)s failed between %(since)s and %(until)s.")
        % {
            "connected": f"{connected:,}",
            "failed": f"{failed:,}",
            "since": _moment(search.since),
            "until": _moment(search.until),
        },
        series=(Series(_("Connections"), "ai"), Series(_("Failed"), "out")),
        points=points,
        height=HISTOGRAM_HEIGHT,
    )
    rows = [
        HistogramRow(_span(bar, step), _bar_url(search, bar), bar.connected, bar.failed)
        for bar in bars
        if bar.connected or bar.failed
    ]
    return Histogram(chart, rows)


def _numbers(bar: OverviewBar) -> str:
    return _("%(connected)s connected, %(failed)s failed") % {
        "connected": f"{bar.connected:,}",
        "failed": f"{bar.failed:,}",
    }


def _bar_url(search: ConnectionSearch, bar: OverviewBar) -> str:
    return connections_url(replace(search, since=bar.since, until=bar.until))


def _axis(at: datetime, step: timedelta, search: ConnectionSearch) -> str:
    local = timezone.localtime(at)
    if search.until - search.since <= DAY:
        return date_format(local, "H:i")
    if step <= DAY and search.until - search.since <= WEEKDAYS:
        return date_format(local, pgettext("date format: a day below a bar, with its weekday", "m-d (D)"))
    if search.until - search.since < timedelta(days=330):
        return date_format(local, pgettext("date format: a day below a bar", "m-d"))
    return date_format(local, "SHORT_DATE_FORMAT")


def _span(bar: OverviewBar, step: timedelta) -> str:
    since, until = timezone.localtime(bar.since), timezone.localtime(bar.until)
    if step >= DAY:
        last = timezone.localtime(bar.until - timedelta(seconds=1))
        first_day, last_day = _day(since), _day(last)
        return first_day if first_day == last_day else f"{first_day} – {last_day}"
    first = date_format(since, pgettext("date format: a moment with its weekday", "Y-m-d (D) H:i"))
    return f"{first} – {date_format(until, 'H:i')}"


def _day(local: datetime) -> str:
    return with_note(date_format(local, "SHORT_DATE_FORMAT"), date_format(local, "D"))


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {date_format(local, 'TIME_FORMAT')}"


def wider_ranges(search: ConnectionSearch) -> list[tuple[str, str]]:
    """Longer ranges for a search that found nothing: words and URL."""
    length = search.until - search.since
    return [
        (label, connections_url(replace(search, since=search.until - timedelta(days=days))))
        for days, label in ((30, _("Search 30 days")), (90, _("Search 90 days")), (400, _("Search 400 days")))
        if timedelta(days=days) > length
    ][:2]


def sample_note(overview: SearchOverview | None) -> str:
    """Why the histogram is missing."""
    if overview is not None and overview.counts[None].more:
        return _("More than %(number)s match. Narrow the search to see them over time.") % {
            "number": f"{SAMPLE:,}"
        }
    return ""
