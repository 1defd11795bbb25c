"""Reading the searches in CloudWatch Logs."""

from typing import Final

from vpn.log_insights.models import LogQuery

SHOWN: Final = 50


def recent() -> list[LogQuery]:
    found = LogQuery.objects.select_related("requested_by").prefetch_related("parts__account")
    return list(found[:SHOWN])


def query(pk: int) -> LogQuery | None:
    found = LogQuery.objects.select_related("requested_by").prefetch_related("parts__account")
    return found.filter(pk=pk).first()
