"""Reading the searches in CloudWatch Logs."""

from typing import Final

from vpn.log_insights.models import LogQuery

SHOWN: Final = 50


def recent() -> list[LogQuery]:
    log_queries = LogQuery.objects.select_related("requested_by").prefetch_related("parts__account")
    return list(log_queries[:SHOWN])


def query(pk: int) -> LogQuery | None:
    log_queries = LogQuery.objects.select_related("requested_by").prefetch_related("parts__account")
    return log_queries.filter(pk=pk).first()
