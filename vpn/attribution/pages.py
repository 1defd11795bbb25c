"""The answer as people's lanes with the moment through them; across, all is in percent of the drawing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.access.accounts import accounts_named
from vpn.attribution.queries import DRAWN_AROUND, AttributionQuestion, AttributionResult, latest_end
from vpn.connection_log.search.rows import ConnectionRow, connection_rows
from vpn.moments import format_table_moment

TICK: Final = timedelta(minutes=10)
# The text of the moment that is asked for is about as wide as half the way between two ticks.
COVERED: Final = 0.55


@dataclass(frozen=True)
class AxisTick:
    x: str
    text: str
    minor: bool


@dataclass(frozen=True)
class TimelineLane:
    """``x`` and ``width``: of the bar. ``overlap``: when, within what was asked for; empty for a near miss."""

    line: ConnectionRow
    x: str
    width: str
    there: bool
    state: str
    since: str
    until: str
    overlap: str


@dataclass(frozen=True)
class Timeline:
    """``from_x`` and ``wide``: what was asked for; ``at_x``: its middle. ``first``: one of the ``people`` by name."""

    lanes: list[TimelineLane]
    ticks: list[AxisTick]
    at_x: str
    at_text: str
    from_x: str
    wide: str
    people: int
    first: str


def build_timeline(question: AttributionQuestion, result: AttributionResult) -> Timeline:
    low = _floor(min(question.at - DRAWN_AROUND, question.since))
    high = _floor(max(question.at + DRAWN_AROUND, question.until) + TICK)
    scale = _Scale(low, high)
    there, near = connection_rows(result.there), connection_rows(result.near)
    accounts = accounts_named(line.username for line in there)
    lanes = [_lane(line, question, scale, there=True) for line in there]
    lanes += [_lane(line, question, scale, there=False) for line in near]
    return Timeline(
        lanes=lanes,
        ticks=_ticks(scale, question.at),
        at_x=scale.x(question.at),
        at_text=date_format(timezone.localtime(question.at), "H:i"),
        from_x=scale.x(question.since),
        wide=scale.width(question.since, question.until),
        people=len({accounts.person_key(line.username) or line.row.connection_id for line in there}),
        first=there[0].name or there[0].username if there else "",
    )


@dataclass(frozen=True)
class _Scale:
    low: datetime
    high: datetime

    def x(self, at: datetime) -> str:
        return f"{100 * ((min(max(at, self.low), self.high)) - self.low) / (self.high - self.low):.3f}"

    def width(self, since: datetime, until: datetime) -> str:
        since, until = max(since, self.low), min(until, self.high)
        return f"{max(100 * (until - since) / (self.high - self.low), 0.3):.3f}"


def _lane(line: ConnectionRow, question: AttributionQuestion, scale: _Scale, *, there: bool) -> TimelineLane:
    row, end = line.row, latest_end(line.row)
    return TimelineLane(
        line=line,
        x=scale.x(row.at),
        width=scale.width(row.at, end),
        there=there,
        state=_state(line, there=there),
        since=format_table_moment(row.at),
        until=format_table_moment(row.ended_at) if row.ended_at else line.state.text,
        overlap=_overlap(max(row.at, question.since), min(end, question.until)) if there else "",
    )


def _state(line: ConnectionRow, *, there: bool) -> str:
    if not there:
        return _("not connected then")
    return line.duration if line.row.ended_at else line.state.text


def _overlap(since: datetime, until: datetime) -> str:
    first, last = timezone.localtime(since), timezone.localtime(until)
    return f"{date_format(first, 'H:i:s')} – {date_format(last, 'H:i:s')}"


def _ticks(scale: _Scale, at: datetime) -> list[AxisTick]:
    """At most nine; on a telephone every second one. Without a text where that of ``at`` would cover it."""
    step = TICK
    while (scale.high - scale.low) / step > 8:
        step += TICK
    moments: Iterable[datetime] = (
        scale.low + step * number for number in range(int((scale.high - scale.low) / step) + 1)
    )
    return [
        AxisTick(
            scale.x(moment),
            date_format(timezone.localtime(moment), "H:i") if abs(moment - at) > COVERED * step else "",
            minor=number % 2 == 1,
        )
        for number, moment in enumerate(moments)
    ]


def _floor(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)
