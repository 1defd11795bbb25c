"""Logs Insights with filters, pages and queries that still run: moto's knows none of them."""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs import models as logs_models
from moto.logs.responses import LogsResponse

from sandbox.aws import insights
from sandbox.aws.world import WORLD


def replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what."""
    return [
        (logs_models, "execute_query", _execute_query),
        (LogsResponse, "get_query_results", _get_query_results),
        (LogsResponse, "stop_query", _stop_query),
    ]


class _QueryResults(list[dict[str, str]]):
    """What moto keeps as a query's results, with what AWS tells beside them, and when they are there."""

    def __init__(self, answer: insights.Answer, *, ready_at: float) -> None:
        super().__init__(answer.rows)
        self.ready_at = ready_at
        self.statistics = {
            "recordsMatched": float(answer.matched),
            "recordsScanned": float(answer.scanned),
            "bytesScanned": float(answer.bytes_scanned),
        }


def _execute_query(log_groups: list[Any], query: str, start_time: int, end_time: int) -> _QueryResults:
    """Moto's own knows no filters. Both times count, in seconds."""
    events = [
        insights.Event(event.timestamp, event.message, str(event.event_id))
        for group in log_groups
        for stream in group.streams.values()
        for event in stream.events
        if start_time * 1000 <= event.timestamp < (end_time + 1) * 1000
    ]
    try:
        answer = insights.run(query, events, limit=10 * insights.DEFAULT_LIMIT)
    except insights.Malformed as error:
        raise JsonRESTError("MalformedQueryException", str(error)) from error
    return _QueryResults(answer, ready_at=WORLD.clock.now() + WORLD.pace.query)


def _get_query_results(response: Any) -> str:
    """Page by page; nothing before it is ready. The token is the number of the next row."""
    query = response.logs_backend.queries.get(response._get_param("queryId"))
    if query is None:
        raise JsonRESTError("ResourceNotFoundException", "The query does not exist.")
    results = query.results
    if query.status == "Complete" and WORLD.clock.now() < results.ready_at:
        return json.dumps({"status": "Running", "results": [], "statistics": results.statistics})
    first = int(response._get_param("nextToken") or 0)
    last = first + int(response._get_param("maxItems") or insights.DEFAULT_LIMIT)
    rows = results[first:last] if query.status == "Complete" else []
    answer = {
        "status": query.status,
        "results": [[{"field": name, "value": value} for name, value in row.items()] for row in rows],
        "statistics": results.statistics,
    }
    return json.dumps(answer | ({"nextToken": str(last)} if last < len(results) and rows else {}))


def _stop_query(response: Any) -> str:
    query = response.logs_backend.queries.get(response._get_param("queryId"))
    if query is None:
        raise JsonRESTError("ResourceNotFoundException", "The query does not exist.")
    # Moto completes a query at once; until its rows are due it still runs for the caller.
    under_way = query.status == "Complete" and WORLD.clock.now() < query.results.ready_at
    if not under_way:
        raise JsonRESTError("InvalidParameterException", "The query has already ended.")
    query.status = "Cancelled"
    return json.dumps({"success": True})
