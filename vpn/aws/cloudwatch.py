"""Reading CloudWatch's metrics.

IAM: cloudwatch:GetMetricData, which knows no resources smaller than ``*``.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from vpn.aws import snapshots
from vpn.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

    from vpn.aws.session import CloudWatchClient

# GetMetricData: "as many as 500 different metrics in a single request".
MAX_QUERIES: Final = 500
COMPLETE: Final = "Complete"


def metric_series(
    client: "CloudWatchClient",
    queries: Sequence[snapshots.MetricQuery],
    *,
    since: datetime,
    until: datetime,
    period: timedelta,
) -> list[snapshots.MetricSeries]:
    """GetMetricData, 500 queries a call, all pages. Points from ``since`` until before ``until``. Raises AwsError."""
    series: list[snapshots.MetricSeries] = []
    for first in range(0, len(queries), MAX_QUERIES):
        some = queries[first : first + MAX_QUERIES]
        series += _read(client, some, since=since, until=until, period=period)
    return series


def _read(
    client: "CloudWatchClient",
    queries: Sequence[snapshots.MetricQuery],
    *,
    since: datetime,
    until: datetime,
    period: timedelta,
) -> list[snapshots.MetricSeries]:
    by_id = {f"m{number}": query for number, query in enumerate(queries)}
    points: dict[str, dict[datetime, float]] = {id_: {} for id_ in by_id}
    status: dict[str, str] = {}
    asked: list[MetricDataQueryTypeDef] = [
        {
            "Id": id_,
            "MetricStat": {
                "Metric": {
                    "Namespace": query.namespace,
                    "MetricName": query.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
                },
                "Period": int(period.total_seconds()),
                "Stat": query.statistic,
            },
        }
        for id_, query in by_id.items()
    ]
    with translated():
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=asked, StartTime=since, EndTime=until
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                id_ = result["Id"]
                points[id_] |= dict(zip(result["Timestamps"], result["Values"], strict=True))
                # PartialData, until the page that has the rest.
                status[id_] = result["StatusCode"]
    return [
        snapshots.MetricSeries(query, points[id_], complete=status.get(id_) == COMPLETE)
        for id_, query in by_id.items()
    ]
