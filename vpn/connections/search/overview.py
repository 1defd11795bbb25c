"""How many there are of what: counts for the filters, and the histogram's bars.

Where nothing is asked for but range, endpoint, outcome and reason, the tallies know exactly. Otherwise the newest
SAMPLE matches are counted: exact where there are no more, and said to be "or more" where there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.db import connection
from django.utils import timezone

from vpn.connections.search import queries, tallied
from vpn.connections.search.bars import edges_of, step_of
from vpn.connections.search.conditions import LONGEST_SESSION, Outcome, Search

SAMPLE: Final = 10_000


@dataclass(frozen=True)
class Bar:
    since: datetime
    until: datetime
    connected: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Count:
    """``more``: there are at least so many."""

    number: int
    more: bool = False


@dataclass(frozen=True)
class Overview:
    """``counts``: without the outcome that is asked for; None is all. ``bars`` is None where they aren't known.

    Reasons, devices and endpoints with their numbers, most first; ``sampled``: in the newest SAMPLE.
    """

    counts: dict[Outcome | None, Count]
    bars: list[Bar] | None
    reasons: list[tuple[str, int]] = field(default_factory=list)
    devices: list[tuple[str, int]] = field(default_factory=list)
    endpoints: list[tuple[str, int]] = field(default_factory=list)
    sampled: bool = False


@dataclass(frozen=True)
class _Sample:
    """``outcomes``: for each bar and outcome, how many; ``total`` is at most SAMPLE + 1."""

    outcomes: list[tuple[int, Outcome, int]]
    reasons: list[tuple[str, int]]
    devices: list[tuple[str, int]]
    endpoints: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(number for _bar, _outcome, number in self.outcomes)


def overview(search: Search) -> Overview:
    edges = edges_of(search.since, search.until)
    sample = _sample(search, edges)
    facets = (sample.reasons, sample.devices, sample.endpoints)
    if sample.total <= SAMPLE:
        bars = None if search.connection_id else _bars(edges, sample.outcomes, search.outcome)
        return Overview(_counts(sample.outcomes), bars, *facets)
    if not search.only_tallied or step_of(search.since, search.until) < tallied.GRAIN:
        return Overview(_at_least(search), None, *facets, sampled=True)
    outcomes = tallied.outcomes(search, edges)
    return Overview(_counts(outcomes), _bars(edges, outcomes, search.outcome), *facets, sampled=True)


# GROUPING() tells the sets apart: a bit is set for what a row is not grouped by.
BY_BAR, BY_REASON, BY_DEVICE, BY_ENDPOINT = 0b0111, 0b1011, 0b1101, 0b1110
SAMPLED: Final = """
SELECT grouping(bar, reason, device_type, endpoint_id), bar, outcome, coalesce(reason, device_type, endpoint_id),
    count(*)
FROM (
    SELECT width_bucket(at, %s::timestamptz[]) AS bar,
        CASE WHEN status <> 'open' THEN status WHEN at >= %s THEN 'connected' ELSE 'ended' END AS outcome,
        CASE status WHEN 'failed' THEN failure_reason WHEN 'unfinished' THEN 'waiting-for-assertion' END AS reason,
        device_type, endpoint_id
    FROM ({rows}) AS found
) AS sampled
GROUP BY GROUPING SETS ((bar, outcome), (reason), (device_type), (endpoint_id))
ORDER BY count(*) DESC, 4
"""


def _sample(search: Search, edges: Sequence[datetime]) -> _Sample:
    """One reading of the newest matches of any outcome, for all that is counted."""
    inner, params = queries.newest_sql(replace(search, outcome=None), limit=SAMPLE + 1)
    with connection.cursor() as cursor:
        cursor.execute(SAMPLED.format(rows=inner), [list(edges), timezone.now() - LONGEST_SESSION, *params])
        rows = cursor.fetchall()
    return _Sample(
        outcomes=[(bar, Outcome(outcome), number) for by, bar, outcome, _, number in rows if by == BY_BAR],
        reasons=[(value, number) for by, *_, value, number in rows if by == BY_REASON and value],
        devices=[(value, number) for by, *_, value, number in rows if by == BY_DEVICE and value],
        endpoints=[(value, number) for by, *_, value, number in rows if by == BY_ENDPOINT],
    )


def _counts(outcomes: Iterable[tuple[int, Outcome, int]]) -> dict[Outcome | None, Count]:
    numbers = dict.fromkeys(Outcome, 0)
    for _bar, outcome, number in outcomes:
        numbers[outcome] += number
    every = sum(numbers.values())
    numbers[Outcome.FAILED] += numbers[Outcome.UNFINISHED]
    return {None: Count(every)} | {outcome: Count(number) for outcome, number in numbers.items()}


def _at_least(search: Search) -> dict[Outcome | None, Count]:
    """All are more than the sample; each outcome is counted as far as the sample is long."""
    counts: dict[Outcome | None, Count] = {None: Count(SAMPLE, more=True)}
    for outcome in Outcome:
        number = queries.matching(replace(search, outcome=outcome)).values("at")[: SAMPLE + 1].count()
        counts[outcome] = Count(min(number, SAMPLE), more=number > SAMPLE)
    return counts


def _bars(
    edges: Sequence[datetime], outcomes: Iterable[tuple[int, Outcome, int]], wanted: Outcome | None
) -> list[Bar]:
    connected, failed = [0] * len(edges), [0] * len(edges)
    for bar, outcome, number in outcomes:
        if wanted in {None, outcome} or (wanted, outcome) == (Outcome.FAILED, Outcome.UNFINISHED):
            failing = outcome in {Outcome.FAILED, Outcome.UNFINISHED}
            (failed if failing else connected)[bar - 1] += number
    return [
        Bar(since, until, *numbers)
        for since, until, *numbers in zip(edges, edges[1:], connected, failed, strict=False)
    ]
