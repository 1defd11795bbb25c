"""A field of cells, each the darker the greater its value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from vpn.charts.scales import percent

ROW: Final = 24
GAP: Final = 2
FOOT: Final = 22


@dataclass(frozen=True)
class Cell:
    """``strength``: 0 to 1, as an opacity; 0 is drawn as an empty cell."""

    x: str
    y: str
    width: str
    strength: str
    empty: bool
    title: str
    url: str


@dataclass(frozen=True)
class RowLabel:
    y: str
    text: str


@dataclass(frozen=True)
class ColumnLabel:
    x: str
    text: str


@dataclass(frozen=True)
class HeatMap:
    """``key``, ``title`` and ``description`` as in vpn.charts.bars.BarChart."""

    key: str
    title: str
    description: str
    cells: list[Cell]
    rows: list[RowLabel]
    columns: list[ColumnLabel]
    height: int
    foot: int
    row: int = ROW - GAP


def heat_map(
    key: str,
    *,
    title: str,
    description: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[int]],
    words: Callable[[int, int], str],
    url: Callable[[int, int], str],
) -> HeatMap:
    """``values[row][column]``; an empty name in ``columns`` leaves the label out."""
    highest = max((value for line in values for value in line), default=0)
    cells = [
        Cell(
            x=percent(column, len(columns)),
            y=str(row * ROW),
            width=percent(0.94, len(columns)),
            strength=f"{0.12 + 0.88 * value / highest:.2f}" if value else "1",
            empty=not value,
            title=words(row, column),
            url=url(row, column) if value else "",
        )
        for row, line in enumerate(values)
        for column, value in enumerate(line)
    ]
    height = len(rows) * ROW + FOOT
    return HeatMap(
        key=key,
        title=title,
        description=description,
        cells=cells,
        rows=[RowLabel(str(number * ROW + 16), text) for number, text in enumerate(rows)],
        columns=[
            ColumnLabel(percent(number, len(columns)), text) for number, text in enumerate(columns) if text
        ],
        height=height,
        foot=height - 6,
    )
