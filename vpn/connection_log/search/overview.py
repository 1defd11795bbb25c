"""How many there are of what: counts for the filters, and the histogram's bars.

Where nothing is asked for but range, endpoint, outcome and reason, the tallies know exactly. Otherwise the newest
SAMPLE matches are counted: that is exact where there are no more; where there are, it is said.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search import queries, tally_counts
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter
from vpn.connection_log.search.histogram_bins import bin_edges, bin_width
from vpn.connection_log.search.tally_counts import outcome_from_status

# So many rows are read and counted in Python before a person notices.
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


class CountedRow(NamedTuple):
    """What of a connection is counted."""

    at: datetime
    status: str
    failure_reason: str | None
    device_type: str | None
    endpoint_id: str


Rows = Sequence[Connection | CountedRow]


def search_overview(search: ConnectionSearch) -> SearchOverview:
    edges = bin_edges(search.since, search.until)
    if search.only_tallied and bin_width(search.since, search.until) >= tally_counts.GRAIN:
        outcomes = tally_counts.count_outcomes(search, edges)
        counts = _counts(outcomes)
        return SearchOverview(
            counts,
            _bars(edges, outcomes, search.outcome),
            *_facets(_newest(search, FACETS)),
            sampled=counts[search.outcome].number > FACETS,
        )
    rows = _newest(replace(search, outcome=None), SAMPLE + 1)
    if len(rows) <= SAMPLE:
        return overview_from_rows(search, rows)
    counts = _counts(_outcomes(rows, edges)) | {None: FacetCount(SAMPLE, more=True)}
    return SearchOverview(counts, None, *_facets(_with_outcome(rows, search.outcome)), sampled=True)


def overview_from_rows(search: ConnectionSearch, rows: Rows) -> SearchOverview:
    """``rows``: everything that the search finds, whatever its outcome."""
    edges = bin_edges(search.since, search.until)
    outcomes = _outcomes(rows, edges)
    return SearchOverview(
        _counts(outcomes),
        None if search.connection_id else _bars(edges, outcomes, search.outcome),
        *_facets(_with_outcome(rows, search.outcome)),
    )


def _newest(search: ConnectionSearch, size: int) -> list[CountedRow]:
    connections = queries.matching(search).order_by("-at", "-connection_id")
    return [CountedRow(*row) for row in connections.values_list(*CountedRow._fields)[:size]]


def _outcomes(rows: Rows, edges: Sequence[datetime]) -> list[tuple[int, OutcomeFilter, int]]:
    numbers = Counter((bisect_right(edges, row.at), outcome_from_status(row.status)) for row in rows)
    return [(bar, outcome, number) for (bar, outcome), number in numbers.items()]


def _with_outcome(rows: Rows, wanted: OutcomeFilter | None) -> Rows:
    if wanted is None:
        return rows
    return [row for row in rows if _is_among(outcome_from_status(row.status), wanted)]


def _is_among(outcome: OutcomeFilter, wanted: OutcomeFilter | None) -> bool:
    """FAILED includes UNFINISHED; None is all."""
    return wanted in {None, outcome} or (wanted, outcome) == (OutcomeFilter.FAILED, OutcomeFilter.UNFINISHED)


def _facets(rows: Rows) -> tuple[list[tuple[str, int]], list[tuple[str, int]], list[tuple[str, int]]]:
    """Reasons, devices and endpoints with their numbers, most first."""
    return (
        _most(_reason(row) for row in rows),
        _most(row.device_type for row in rows),
        _most(row.endpoint_id for row in rows),
    )


def _reason(row: Connection | CountedRow) -> str | None:
    if row.status == ConnectionStatus.UNFINISHED:
        return UNFINISHED
    return row.failure_reason if row.status == ConnectionStatus.FAILED else None


def _most(values: Iterable[str | None]) -> list[tuple[str, int]]:
    numbers = Counter(value for value in values if value)
    return sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))


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
        if _is_among(outcome, wanted):
            failing = outcome in {OutcomeFilter.FAILED, OutcomeFilter.UNFINISHED}
            (failed if failing else connected)[bar - 1] += number
    return [
        OverviewBar(since, until, *numbers)
        for since, until, *numbers in zip(edges, edges[1:], connected, failed, strict=False)
    ]
