"""What is stored, as the API says it beside each answer that may be empty."""

from datetime import UTC, datetime

from pydantic import BaseModel

from vpn.connection_log.coverage.queries import LogCoverage
from vpn.connection_log.coverage.texts import gap_text


class LogGapSchema(BaseModel):
    """A part of the range of which nothing is known. ``text``: why, in the language of the request.

    ``reason``: before (older than what is stored), not-logged, never-read, read-failed, behind, recent (the last
    minutes), lost (gone from CloudWatch Logs) or future.
    """

    since: datetime
    until: datetime
    reason: str
    endpoints: list[str]
    text: str


class LogCoverageSchema(BaseModel):
    """What of the range the stored log knows. Only where it is ``complete`` does an empty answer mean that nobody was.

    ``stored_from``, ``stored_until``: the log is stored between these moments, apart from ``gaps``.
    """

    complete: bool
    stored_from: datetime | None
    stored_until: datetime | None
    gaps: list[LogGapSchema]


def coverage_schema(coverage: LogCoverage) -> LogCoverageSchema:
    return LogCoverageSchema(
        complete=coverage.complete,
        stored_from=coverage.stored_from,
        stored_until=coverage.stored_until,
        gaps=[
            LogGapSchema(
                since=gap.since.astimezone(UTC),
                until=gap.until.astimezone(UTC),
                reason=gap.reason.value,
                endpoints=list(gap.labels),
                text=gap_text(gap),
            )
            for gap in coverage.gaps
        ],
    )
