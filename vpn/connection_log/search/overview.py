"""How many there are of what: counts for the filters, and the histogram's bars.

Where nothing is asked for but range, endpoint, outcome and reason, the tallies know exactly. Otherwise the newest
SAMPLE matches are counted: that is exact where there are no more; where there are, it is said.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.db import connection

from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search import queries, tally_counts
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter
from vpn.connection_log.search.histogram_bins import bin_edges, bin_width

SAMPLE: Final = 10_000
# Enough to see which values there are where their outcomes are tallied
FACETS: Final = 2_000


@dataclass(frozen=True)
class OverviewBar:
    since: datetime
    until: datetime
    connected: int = 0
    failed: int = 0


@dataclass(frozen=True)
class FacetCount:
    """``more``: there are at least so many."""

    number: int
    more: bool = False


@dataclass(frozen=True)
class SearchOverview:
    """``counts``: without the outcome that is asked for; None is all. ``bars`` is None where they aren't known.

    Reasons, devices and endpoints with their numbers within that outcome, most first. ``sampled``: these are of the
    newest only; and so are the outcomes' counts if there are "more" of all.
    """

    counts: dict[OutcomeFilter | None, FacetCount]
    bars: list[OverviewBar] | None
    reasons: list[tuple[str, int]] = field(default_factory=list)
    devices: list[tuple[str, int]] = field(default_factory=list)
    endpoints: list[tuple[str, int]] = field(default_factory=list)
    sampled: bool = False


@dataclass(frozen=True)
class _Sample:
    """``outcomes``: for each bar and outcome, how many; ``total`` is at most one more than asked for."""

    outcomes: list[tuple[int, OutcomeFilter, int]]
    reasons: list[tuple[str, int]]
    devices: list[tuple[str, int]]
    endpoints: list[tuple[str, int]]

    @property
    def facets(self) -> tuple[list[tuple[str, int]], list[tuple[str, int]], list[tuple[str, int]]]:
        return self.reasons, self.devices, self.endpoints

    @property
    def total(self) -> int:
        return sum(number for _bar, _outcome, number in self.outcomes)


def search_overview(search: ConnectionSearch) -> SearchOverview:
    edges = bin_edges(search.since, search.until)
    if search.only_tallied and bin_width(search.since, search.until) >= tally_counts.GRAIN:
        outcomes = tally_counts.count_outcomes(search, edges)
        sample = _sample(search, search.outcome, edges, size=FACETS)
        counts = _counts(outcomes)
        return SearchOverview(
            counts,
            _bars(edges, outcomes, search.outcome),
            *sample.facets,
            sampled=counts[search.outcome].number > FACETS,
        )
    sample = _sample(replace(search, outcome=None), search.outcome, edges, size=SAMPLE)
    counts, many = _counts(sample.outcomes), sample.total > SAMPLE
    if many:
        counts[None] = FacetCount(SAMPLE, more=True)
    bars = None if search.connection_id or many else _bars(edges, sample.outcomes, search.outcome)
    return SearchOverview(counts, bars, *sample.facets, sampled=many)


def overview_from_rows(search: ConnectionSearch, rows: Sequence[Connection]) -> SearchOverview:
    """The same of a search of any outcome whose every match is in ``rows``: nothing is asked again."""
    edges = bin_edges(search.since, search.until)
    outcomes = Counter((bisect_right(edges, row.at), _outcome(row)) for row in rows)
    numbers = [(bar, outcome, number) for (bar, outcome), number in outcomes.items()]
    return SearchOverview(
        _counts(numbers),
        None if search.connection_id else _bars(edges, numbers, None),
        reasons=_most(
            UNFINISHED if row.status == ConnectionStatus.UNFINISHED else _reason(row) for row in rows
        ),
        devices=_most(row.device_type for row in rows),
        endpoints=_most(row.endpoint_id for row in rows),
    )


def _outcome(row: Connection) -> OutcomeFilter:
    return OutcomeFilter.CONNECTED if row.status == ConnectionStatus.OPEN else OutcomeFilter(row.status)


def _reason(row: Connection) -> str | None:
    return row.failure_reason if row.status == ConnectionStatus.FAILED else None


def _most(values: Iterable[str | None]) -> list[tuple[str, int]]:
    """As SAMPLED orders them."""
    numbers = Counter(value for value in values if value)
    return sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))


# GROUPING() tells the sets apart: a bit is set for what a row is not grouped by.
BY_BAR, BY_REASON, BY_DEVICE, BY_ENDPOINT = 0b0111, 0b1011, 0b1101, 0b1110
SAMPLED: Final = """
SELECT grouping(bar, reason, device_type, endpoint_id), bar, outcome, coalesce(reason, device_type, endpoint_id),
    count(*), count(*) FILTER (WHERE outcome = ANY (%s))
FROM (
    SELECT width_bucket(at, %s::timestamptz[]) AS bar,
        CASE status WHEN 'open' THEN 'connected' ELSE status END AS outcome,
        CASE status WHEN 'failed' THEN failure_reason WHEN 'unfinished' THEN 'waiting-for-assertion' END AS reason,
        device_type, endpoint_id
    FROM ({rows}) AS found
) AS sampled
GROUP BY GROUPING SETS ((bar, outcome), (reason), (device_type), (endpoint_id))
ORDER BY 6 DESC, 4
"""


def _sample(
    search: ConnectionSearch, outcome: OutcomeFilter | None, edges: Sequence[datetime], *, size: int
) -> _Sample:
    """One reading of the newest matches, for all that is counted; but for the outcomes, only ``outcome`` counts."""
    inner, params = queries.newest_sql(search, limit=size + 1)
    with connection.cursor() as cursor:
        cursor.execute(SAMPLED.format(rows=inner), [_parts(outcome), list(edges), *params])
        rows = cursor.fetchall()
    values = [(by, value, within) for by, _bar, _outcome, value, _all, within in rows if value and within]
    return _Sample(
        outcomes=[
            (bar, OutcomeFilter(outcome), number) for by, bar, outcome, _, number, _ in rows if by == BY_BAR
        ],
        reasons=[(value, number) for by, value, number in values if by == BY_REASON],
        devices=[(value, number) for by, value, number in values if by == BY_DEVICE],
        endpoints=[(value, number) for by, value, number in values if by == BY_ENDPOINT],
    )


def _parts(outcome: OutcomeFilter | None) -> list[str]:
    """As SAMPLED tells them apart."""
    if outcome == OutcomeFilter.FAILED:
        return [OutcomeFilter.FAILED.value, OutcomeFilter.UNFINISHED.value]
    return [outcome.value] if outcome else [choice.value for choice in OutcomeFilter]


def _counts(outcomes: Iterable[tuple[int, OutcomeFilter, int]]) -> dict[OutcomeFilter | None, FacetCount]:
    numbers = dict.fromkeys(OutcomeFilter, 0)
    for _bar, outcome, number in outcomes:
        numbers[outcome] += number
    every = sum(numbers.values())
    numbers[OutcomeFilter.FAILED] += numbers[OutcomeFilter.UNFINISHED]
    return {None: FacetCount(every)} | {outcome: FacetCount(number) for outcome, number in numbers.items()}


def _bars(
    edges: Sequence[datetime],
    outcomes: Iterable[tuple[int, OutcomeFilter, int]],
    wanted: OutcomeFilter | None,
) -> list[OverviewBar]:
    connected, failed = [0] * len(edges), [0] * len(edges)
    for bar, outcome, number in outcomes:
        if wanted in {None, outcome} or (wanted, outcome) == (OutcomeFilter.FAILED, OutcomeFilter.UNFINISHED):
            failing = outcome in {OutcomeFilter.FAILED, OutcomeFilter.UNFINISHED}
            (failed if failing else connected)[bar - 1] += number
    return [
        OverviewBar(since, until, *numbers)
        for since, until, *numbers in zip(edges, edges[1:], connected, failed, strict=False)
    ]
