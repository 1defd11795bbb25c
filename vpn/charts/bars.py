"""Bars that stand side by side, in one colour or stacked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vpn.charts.scales import percent, ticks

HEIGHT: Final = 180
# Above the bars, for half a letter of the highest number; below them, for the labels
HEAD: Final = 10
FOOT: Final = 24
# The part of its place that a bar fills
FILLED: Final = 0.82
# No label begins so far to the right that it would be cut off.
LAST_LABEL: Final = 0.88
# On a telephone a date takes a quarter of the width.
LAST_ON_A_TELEPHONE: Final = 0.72


@dataclass(frozen=True)
class Series:
    """``fill``: the end of a class name, as in base.css (``ai`` for ``fill-ai``)."""

    label: str
    fill: str


@dataclass(frozen=True)
class SeriesPoint:
    """A bar: a value for each series, from below; ``title`` says them all; ``label`` stands below some bars."""

    label: str
    title: str
    values: tuple[int, ...]
    url: str = ""


@dataclass(frozen=True)
class BarSegment:
    y: str
    height: str
    fill: str


@dataclass(frozen=True)
class ChartBar:
    """``hit_x`` and ``hit_width``: what may be clicked, up to the neighbours."""

    x: str
    width: str
    hit_x: str
    hit_width: str
    parts: list[BarSegment]
    title: str
    url: str


@dataclass(frozen=True)
class GridLine:
    y: str
    text: str


@dataclass(frozen=True)
class AxisLabel:
    """``minor``: left out on a telephone."""

    x: str
    text: str
    minor: bool


@dataclass(frozen=True)
class BarChart:
    """``key`` is unique on the page; ``title`` and ``description`` say in words what there is to see."""

    key: str
    title: str
    description: str
    series: tuple[Series, ...]
    bars: list[ChartBar]
    lines: list[GridLine]
    labels: list[AxisLabel]
    plot_height: int = HEIGHT

    @property
    def height(self) -> int:
        return self.floor + FOOT

    @property
    def floor(self) -> int:
        """Where the bars stand."""
        return HEAD + self.plot_height

    @property
    def foot(self) -> int:
        """Where the labels stand."""
        return self.height - 6


def stacked_bars(
    key: str,
    *,
    title: str,
    description: str,
    series: Sequence[Series],
    points: Sequence[SeriesPoint],
    labels: int = 7,
    height: int = HEIGHT,
) -> BarChart:
    """``height``: of the highest bar, in pixels.

    ``labels``: at most so many below, of which every second one is minor, and so is the last if it is far right.
    """
    scale = ticks(max((sum(point.values) for point in points), default=0))
    return BarChart(
        key=key,
        title=title,
        description=description,
        series=tuple(series),
        bars=[
            _bar(point, number, len(points), series, height / scale[-1], floor=HEAD + height)
            for number, point in enumerate(points)
        ],
        lines=[GridLine(_pixels(HEAD + height - height * tick / scale[-1]), f"{tick:,}") for tick in scale],
        labels=_labels(points, labels),
        plot_height=height,
    )


def _bar(
    point: SeriesPoint, number: int, of: int, series: Sequence[Series], scale: float, *, floor: int
) -> ChartBar:
    """``scale``: pixels for each that is counted."""
    parts, below = [], 0
    for value, one_series in zip(point.values, series, strict=True):
        # What is there is seen, however little it is.
        height = max(scale * value, 1.5 if value else 0)
        if value:
            y = floor - scale * below - height
            parts.append(BarSegment(_pixels(max(y, 0)), _pixels(height), one_series.fill))
        below += value
    return ChartBar(
        x=percent(number + (1 - FILLED) / 2, of),
        width=percent(FILLED, of),
        hit_x=percent(number, of),
        hit_width=percent(1, of),
        parts=parts,
        title=point.title,
        url=point.url,
    )


def _labels(points: Sequence[SeriesPoint], most: int) -> list[AxisLabel]:
    every = max(1, -(-len(points) // most))
    shown = [number for number in range(0, len(points), every) if number / len(points) <= LAST_LABEL]
    return [
        AxisLabel(
            percent(number + (1 - FILLED) / 2, len(points)),
            points[number].label,
            minor=index % 2 == 1 or number / len(points) > LAST_ON_A_TELEPHONE,
        )
        for index, number in enumerate(shown)
    ]


def _pixels(value: float) -> str:
    return f"{value:.1f}"
