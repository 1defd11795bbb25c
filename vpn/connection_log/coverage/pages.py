"""What a page says of its range: a line where it is older than the stored log, else a warning."""

from dataclasses import dataclass

from django.urls import reverse

from portal.text import join_sentences
from vpn.connection_log.coverage.queries import GapReason, LogCoverage
from vpn.connection_log.coverage.texts import gap_texts, may_be_in_cloudwatch, stored_text


@dataclass(frozen=True)
class CoverageNotice:
    """``complete``: that there are no rows means that nobody connected. ``text``: what is missing, and why.

    ``mild``: all that is missing is older than the stored log, or minutes old. ``cloudwatch_url`` may be empty.
    """

    complete: bool
    mild: bool
    stored: str
    text: str
    cloudwatch_url: str


def coverage_notice(coverage: LogCoverage, *, query: str) -> CoverageNotice:
    """``query``: the search of the page, as a query string."""
    return CoverageNotice(
        complete=coverage.complete,
        mild=all(gap.reason in {GapReason.BEFORE, GapReason.RECENT} for gap in coverage.gaps),
        stored=stored_text(coverage),
        text=join_sentences(*gap_texts(coverage.warnings)),
        cloudwatch_url=f"{reverse('log_queries')}?{query}" if may_be_in_cloudwatch(coverage) else "",
    )
