"""Reading log groups in CloudWatch Logs.

IAM: logs:FilterLogEvents on ``arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*``.

Quotas (CloudWatch Logs user guide, "quotas"): a page is at most 1 MB or 10,000 events; 10 calls a second for an account
and region (25 in us-east-1, 5 in some), which can't be raised.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vpn.aws.errors import Throttled, translated
from vpn.aws.log_pages import Line
from vpn.aws.pace import Pace

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef, FilterLogEventsRequestTypeDef


def pages(
    client: "CloudWatchLogsClient", *, log_group: str, since: int, until: int | None, pace: Pace
) -> Iterator[Sequence[Line]]:
    """All that was published from ``since`` on and before ``until`` (milliseconds; None: no end). May be empty.

    ``client`` is session.logs_client's. A page may be empty and yet not be the last: the end has no token.
    """
    request: FilterLogEventsRequestTypeDef = {"logGroupName": log_group, "startTime": since}
    if until is not None:
        # "Events with a timestamp later than this time are not returned": it is included.
        request["endTime"] = until - 1
    while True:
        pace.wait()
        lines, token, retries = _page(client, request, pace)
        if retries:
            pace.slow_down()
        yield lines
        if not token:
            return
        request["nextToken"] = token


def _page(
    client: "CloudWatchLogsClient", request: "FilterLogEventsRequestTypeDef", pace: Pace
) -> tuple[Sequence[Line], str, int]:
    """The lines, the token of the next page or nothing, and how often botocore had to ask again."""
    try:
        with translated():
            answer = client.filter_log_events(**request)
            lines = [_line(event) for event in answer["events"]]
    except Throttled:
        pace.slow_down()
        raise
    return lines, answer.get("nextToken", ""), answer["ResponseMetadata"]["RetryAttempts"]


def _line(event: "FilteredLogEventTypeDef") -> Line:
    return Line(event["timestamp"], event["message"], event.get("logStreamName", ""))
