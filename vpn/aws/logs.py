"""Reading log groups in CloudWatch Logs.

IAM: logs:FilterLogEvents on ``arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*``.

Quotas (CloudWatch Logs user guide, "quotas"): a page is at most 1 MB or 10,000 events; 10 calls a second for an account
and region (25 in us-east-1, 5 in some), which can't be raised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from vpn.aws.errors import AnswerBroken, translated
from vpn.aws.pace import Pace

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef, FilterLogEventsRequestTypeDef


# How often CloudWatch Logs may answer with the token that it was asked with before that is taken for an endless loop.
MOST_REPEATS: Final = 3


class LogLine(NamedTuple):
    """``published``: the event's timestamp in CloudWatch Logs, in milliseconds; not the connection's time."""

    published: int
    text: str
    stream: str = ""


@dataclass(frozen=True)
class LogPage:
    """``next_token``: of the page that follows; empty after the last one. A page without lines need not be the last."""

    lines: Sequence[LogLine]
    next_token: str


def pages(
    client: "CloudWatchLogsClient",
    *,
    log_group: str,
    since: int,
    until: int | None,
    pace: Pace,
    next_token: str = "",
) -> Iterator[LogPage]:
    """All that was published from ``since`` on and before ``until`` (milliseconds; None: no end). May be empty.

    ``client`` is session.logs_client's. ``next_token``: begin with this page. Raises AnswerBroken where the pages lead
    in a circle.
    """
    request: FilterLogEventsRequestTypeDef = {"logGroupName": log_group, "startTime": since}
    if until is not None:
        # "Events with a timestamp later than this time are not returned": it is included.
        request["endTime"] = until - 1
    repeats = 0
    while True:
        if next_token:
            request["nextToken"] = next_token
        pace.wait()
        lines, token = _page(client, request)
        repeats = repeats + 1 if token and token == next_token else 0
        if repeats == MOST_REPEATS:
            raise AnswerBroken(
                code="RepeatedToken",
                message="CloudWatch Logs gave the same token of a next page again and again.",
            )
        next_token = token
        yield LogPage(lines, next_token)
        if not next_token:
            return


def _page(
    client: "CloudWatchLogsClient", request: "FilterLogEventsRequestTypeDef"
) -> tuple[Sequence[LogLine], str]:
    """The lines, and the token of the next page or nothing."""
    with translated():
        answer = client.filter_log_events(**request)
        return [_line(event) for event in answer["events"]], answer.get("nextToken", "")


def _line(event: "FilteredLogEventTypeDef") -> LogLine:
    return LogLine(event["timestamp"], event["message"], event.get("logStreamName", ""))
