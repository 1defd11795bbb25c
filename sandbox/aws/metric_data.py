"""CloudWatch GetMetricData and ListMetrics for what the sandbox plays, with AWS's limits (CloudWatch API reference)."""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.aws import metrics
from sandbox.aws.errors import AwsError, not_modelled
from sandbox.aws.metrics import MetricKey

MAX_QUERIES: Final = 500
MAX_DATAPOINTS: Final = 100_800
LISTED: Final = 500
DAY: Final = 24 * 3600
# How old a point may be and still be had with periods that are a multiple of so many seconds.
KEPT: Final = ((15 * DAY, 60), (63 * DAY, 300), (455 * DAY, 3600))
QUERY_ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")
STATISTICS: Final[dict[str, Callable[[list[float]], float]]] = {
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "SampleCount": lambda values: float(len(values)),
}
# The points that a metric has between two moments
Source = Callable[[MetricKey, float, float], list[tuple[float, float]]]


@dataclass(frozen=True)
class MetricQuery:
    id: str
    label: str
    key: MetricKey
    period: int
    statistic: str


@dataclass(frozen=True)
class MetricSeries:
    """Points from the oldest on."""

    query: MetricQuery
    points: list[tuple[float, float]]


def is_ours(query: Mapping[str, Any]) -> bool:
    """Whether a query of GetMetricData asks for what the sandbox plays, not for what somebody put there."""
    return query.get("MetricStat", {}).get("Metric", {}).get("Namespace") in metrics.RESOLUTION


def get_metric_data(params: Mapping[str, Any], source: Source, *, now: float) -> dict[str, Any]:
    """``params`` by botocore's names; times are datetimes. Raises AwsError."""
    queries = _queries(params)
    since, until = _seconds(params["StartTime"]), _seconds(params["EndTime"])
    if since >= until:
        raise _invalid("The parameter EndTime must be greater than StartTime.")
    most = int(params.get("MaxDatapoints") or MAX_DATAPOINTS)
    if not 1 <= most <= MAX_DATAPOINTS:
        raise _invalid(f"The parameter MaxDatapoints must be between 1 and {MAX_DATAPOINTS}.")
    series = [_series(query, source, since, until, now) for query in queries]
    first = _first(params.get("NextToken") or "", sum(len(one_series.points) for one_series in series))
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results, begin = [], 0
    for one_series in series:
        points = one_series.points[::-1] if newest_first else one_series.points
        part = points[max(first - begin, 0) : max(first + most - begin, 0)]
        begin += len(points)
        results.append(_result(one_series.query, part, whole=begin <= first + most))
    answer: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
    return answer | ({"NextToken": _token(first + most)} if begin > first + most else {})


def list_metrics(params: Mapping[str, Any], keys: Iterable[MetricKey]) -> dict[str, Any]:
    """By namespace, name and dimensions; 500 a page. Raises AwsError."""
    wanted = [
        (entry["Name"], entry.get("Value")) for entry in params.get("Dimensions") or [] if entry.get("Name")
    ]
    listed = [
        key
        for key in sorted(keys)
        if params.get("Namespace") in {None, "", key.namespace}
        and params.get("MetricName") in {None, "", key.name}
        and all(
            name in dict(key.dimensions) and value in {None, dict(key.dimensions)[name]}
            for name, value in wanted
        )
    ]
    first = _first(params.get("NextToken") or "", len(listed))
    described = [
        {
            "Namespace": key.namespace,
            "MetricName": key.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions],
        }
        for key in listed[first : first + LISTED]
    ]
    return {"Metrics": described} | (
        {"NextToken": _token(first + LISTED)} if first + LISTED < len(listed) else {}
    )


def _queries(params: Mapping[str, Any]) -> list[MetricQuery]:
    entries = params.get("MetricDataQueries") or []
    if len(entries) > MAX_QUERIES:
        raise _invalid(f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}.")
    ids = [entry.get("Id", "") for entry in entries]
    if len(set(ids)) != len(ids):
        raise _invalid("The values for parameter id in MetricDataQueries are not unique.")
    return [_query(entry) for entry in entries]


def _query(entry: Mapping[str, Any]) -> MetricQuery:
    if not QUERY_ID.fullmatch(entry.get("Id", "")):
        raise _invalid(f"The value {entry.get('Id')!r} for parameter MetricDataQueries.member.Id is invalid.")
    if not is_ours(entry):
        raise not_modelled("GetMetricData of expressions and other namespaces beside those of the VPN")
    stat, metric = entry["MetricStat"], entry["MetricStat"]["Metric"]
    period = int(stat["Period"])
    # The others are for metrics of high resolution, which these are not.
    if period <= 0 or period % 60:
        raise _invalid("Period must be a multiple of 60.")
    if stat["Stat"] not in STATISTICS:
        raise not_modelled(f"the statistic {stat['Stat']}")
    dimensions = tuple(sorted((entry["Name"], entry["Value"]) for entry in metric.get("Dimensions") or []))
    key = MetricKey(metric["Namespace"], metric["MetricName"], dimensions)
    return MetricQuery(entry["Id"], entry.get("Label") or key.name, key, period, stat["Stat"])


def _series(query: MetricQuery, source: Source, since: float, until: float, now: float) -> MetricSeries:
    by_period: dict[int, list[float]] = {}
    for at, value in source(query.key, since, until):
        age = now - at
        # Older points are there in longer periods only: a shorter one finds none.
        if any(age <= kept and query.period % multiple == 0 for kept, multiple in KEPT):
            by_period.setdefault(int(at // query.period), []).append(value)
    statistic = STATISTICS[query.statistic]
    points = [
        (float(number * query.period), float(statistic(values))) for number, values in by_period.items()
    ]
    return MetricSeries(query, sorted(points))


def _result(query: MetricQuery, points: list[tuple[float, float]], *, whole: bool) -> dict[str, Any]:
    return {
        "Id": query.id,
        "Label": query.label,
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _value in points],
        "Values": [value for _at, value in points],
        "StatusCode": "Complete" if whole else "PartialData",
    }


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"sandbox:{position}".encode()).decode()


def _first(token: str, length: int) -> int:
    if not token:
        return 0
    try:
        name, _colon, position = base64.urlsafe_b64decode(token).decode().partition(":")
        first = int(position)
    except ValueError as error:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from error
    if name != "sandbox" or not 0 < first < length:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return first


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
