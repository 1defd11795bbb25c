"""Drawings: round numbers, nothing cut off, nothing that is there left unseen."""

import re

import pytest
from django.template.loader import render_to_string

from vpn.charts.bars import HEAD, HEIGHT, Series, SeriesPoint, stacked_bars
from vpn.charts.heat_map import heat_map
from vpn.charts.scales import percent, ticks

SERIES = (Series("Connections", "ai"), Series("Failed", "out"))


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 50, 100]),
        (181, [0, 50, 100, 150, 200]),
        (25_000, [0, 10_000, 20_000, 30_000]),
    ],
)
def test_an_axis_has_few_round_numbers(highest: int, expected: list[int]) -> None:
    assert ticks(highest) == expected


def test_the_highest_bar_fits_below_the_last_number() -> None:
    for highest in (*range(1, 400), 10**6 + 1, 10**15):
        numbers = ticks(highest)
        assert numbers[-1] >= highest
        assert 2 <= len(numbers) <= 6, highest


def test_a_share_of_nothing_is_nothing() -> None:
    assert percent(3, 0) == "0"


def points(*values: tuple[int, int]) -> list[SeriesPoint]:
    return [SeriesPoint(f"{number}", f"day {number}", pair, url="/x") for number, pair in enumerate(values)]


def test_stacked_parts_stand_on_each_other() -> None:
    chart = stacked_bars("t", title="T", description="D", series=SERIES, points=points((75, 25), (0, 0)))
    below, above = chart.bars[0].parts
    assert float(above.y) + float(above.height) == pytest.approx(float(below.y))
    assert float(below.y) + float(below.height) == pytest.approx(HEAD + HEIGHT)
    assert float(above.y) == pytest.approx(HEAD)
    assert chart.bars[1].parts == []


def test_one_failure_among_thousands_is_seen() -> None:
    chart = stacked_bars("t", title="T", description="D", series=SERIES, points=points((50_000, 1)))
    assert [part.fill for part in chart.bars[0].parts] == ["ai", "out"]
    assert float(chart.bars[0].parts[1].height) >= 1


def test_labels_are_few_and_none_is_cut_off_at_the_end() -> None:
    chart = stacked_bars("t", title="T", description="D", series=SERIES, points=points(*[(1, 0)] * 30))
    assert len(chart.labels) <= 7
    assert all(float(label.x) < 90 for label in chart.labels)
    assert [label.minor for label in chart.labels[:3]] == [False, True, False]


def test_on_a_telephone_the_last_label_ends_before_the_edge() -> None:
    chart = stacked_bars("t", title="T", description="D", series=SERIES, points=points(*[(1, 0)] * 7))
    assert [label.minor for label in chart.labels] == [False, True, False, True, False, True, True]


def test_no_bars_at_all_are_drawn_too() -> None:
    chart = stacked_bars("t", title="T", description="D", series=SERIES, points=[])
    assert (chart.bars, [line.text for line in chart.lines]) == ([], ["1", "0"][::-1])


def test_a_bar_is_a_link_for_the_mouse_and_words_for_everybody() -> None:
    chart = stacked_bars("t", title="T<", description="D", series=SERIES, points=points((1, 2)))
    html = render_to_string("portal/components/bars.html", {"chart": chart})
    assert 'role="img" aria-labelledby="t-title t-description"' in html
    assert re.search(r'<g aria-hidden="true">\s*<a href="/x" tabindex="-1"><title>day 0</title>', html)
    assert "T&lt;" in html


def test_the_strongest_cell_is_full_and_an_empty_one_leads_nowhere() -> None:
    chart = heat_map(
        "h",
        title="T",
        description="D",
        rows=["Mon", "Tue"],
        columns=["0", ""],
        values=[[4, 0], [1, 2]],
        words=lambda row, column: f"{row}/{column}",
        url=lambda row, column: f"/{row}/{column}",
    )
    assert [(cell.strength, cell.empty, cell.url) for cell in chart.cells] == [
        ("1.00", False, "/0/0"),
        ("1", True, ""),
        ("0.34", False, "/1/0"),
        ("0.56", False, "/1/1"),
    ]
    assert [label.text for label in chart.columns] == ["0"]
    assert "0/0" in render_to_string("portal/components/heat_map.html", {"chart": chart})
