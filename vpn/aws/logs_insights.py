"""Queries of CloudWatch Logs Insights. No function waits for a query to end.

IAM: logs:StartQuery on the log groups; logs:GetQueryResults and logs:StopQuery, which know no resource (*).

CloudWatch Logs API reference, "StartQuery" and "GetQueryResults": at most 50 log groups, 60 minutes, 100,000 rows in
pages of 10,000; each call 10 times a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from vpn.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import GetQueryResultsRequestTypeDef

MOST_GROUPS: Final = 50
MOST_ROWS: Final = 100_000
PAGE: Final = 10_000
MESSAGE: Final = "@message"
COMPLETE: Final = "Complete"
# A query with any other status, save Complete, has ended without a result.
UNDER_WAY: Final = frozenset({"Scheduled", "Running"})


@dataclass(frozen=True)
class LogsInsightsAnswer:
    """``status``: as AWS names it. AWS charges for ``bytes_scanned``. ``messages``: only when it is Complete."""

    status: str
    bytes_scanned: int
    records_matched: int
    messages: tuple[str, ...] = ()


def start(
    client: "CloudWatchLogsClient", *, log_groups: Sequence[str], query: str, since: datetime, until: datetime
) -> str:
    """StartQuery: the id of the query. ``since`` and ``until`` are included, to the second. Raises AwsError."""
    with translated():
        answer = client.start_query(
            logGroupNames=list(log_groups),
            startTime=int(since.timestamp()),
            endTime=int(until.timestamp()),
            queryString=query,
            limit=MOST_ROWS,
        )
        return answer["queryId"]


def get_results(client: "CloudWatchLogsClient", *, query_id: str) -> LogsInsightsAnswer:
    """GetQueryResults: the status, and all messages once it is Complete. Raises AwsError."""
    messages: list[str] = []
    request: GetQueryResultsRequestTypeDef = {"queryId": query_id}
    while True:
        with translated():
            answer = client.get_query_results(**request)
            status = answer["status"]
            if status == COMPLETE:
                messages += [
                    cell["value"] for row in answer["results"] for cell in row if cell["field"] == MESSAGE
                ]
            statistics = answer.get("statistics", {})
        token = answer.get("nextToken")
        if status != COMPLETE or not token or len(messages) >= MOST_ROWS:
            break
        request["nextToken"] = token
    return LogsInsightsAnswer(
        status=status,
        bytes_scanned=int(statistics.get("bytesScanned", 0)),
        records_matched=int(statistics.get("recordsMatched", 0)),
        messages=tuple(messages),
    )


def stop(client: "CloudWatchLogsClient", *, query_id: str) -> None:
    """StopQuery. Raises AwsError, also where the query has ended."""
    with translated():
        client.stop_query(queryId=query_id)
