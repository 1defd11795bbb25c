"""Reading log queries."""

from typing import Final

from vpn.log_insights.models import LogQuery

SHOWN: Final = 50


def recent() -> list[LogQuery]:
    queries = LogQuery.objects.select_related("requested_by").prefetch_related("parts__account")
    return list(queries[:SHOWN])


def query(pk: int) -> LogQuery | None:
    queries = LogQuery.objects.select_related("requested_by").prefetch_related("parts__account")
    return queries.filter(pk=pk).first()
