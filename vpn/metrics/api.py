"""`/api/endpoints/<id>/metrics/`: CloudWatch's points of an endpoint, its NAT gateways and its tunnels, by day."""

from datetime import date, datetime

from django.utils import timezone
from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from portal.access.tokens.query_parameters import validated
from vpn.endpoints import queries
from vpn.metrics.definitions import PERIOD
from vpn.metrics.forms import MetricDayForm
from vpn.metrics.models import MetricDay, MetricSource
from vpn.metrics.series import endpoint_series

router = Router(auth=TokenAuth(Permission.ENDPOINT_READ))


class MetricSeriesSchema(BaseModel):
    """``values``: from midnight (UTC) on; null where CloudWatch has no point."""

    resource: str
    metric: str
    statistic: str
    values: list[float | None]


class MetricDaySchema(BaseModel):
    """``read_until``: what CloudWatch had of the time before is stored; ``error``: why a newer reading failed, or null.

    Series without any point that day are left out.
    """

    endpoint_id: str
    day: date
    period_seconds: int
    read_until: datetime | None
    error: str | None
    series: list[MetricSeriesSchema]


@router.api_operation(
    ["GET", "HEAD"],
    "/endpoints/{endpoint_id}/metrics/",
    url_name="api_endpoint_metrics",
    response=MetricDaySchema,
    summary="CloudWatch's metrics of a day, in points of five minutes",
    openapi_extra={"query": MetricDayForm, "problems": ["not-found", "query-invalid"]},
)
def endpoint_metrics(request: ApiRequest, endpoint_id: str) -> MetricDaySchema:
    # PostgreSQL refuses NUL in a text, with an error.
    counted = queries.known_endpoint(endpoint_id) if "\0" not in endpoint_id else None
    if counted is None:
        raise ApiError("not-found")
    day = validated(MetricDayForm(request.GET)).chosen(timezone.now())
    keys = {(key.resource, key.metric): key for key in endpoint_series(counted.endpoint)}
    rows = MetricDay.objects.filter(day=day, resource__in={resource for resource, _metric in keys})
    source = MetricSource.objects.filter(account=counted.endpoint.account).first()
    return MetricDaySchema(
        endpoint_id=endpoint_id,
        day=day,
        period_seconds=int(PERIOD.total_seconds()),
        read_until=source.read_until if source else None,
        error=(source.error_id or None) if source else None,
        series=[
            MetricSeriesSchema(
                resource=row.resource,
                metric=row.metric,
                statistic=keys[row.resource, row.metric].query.statistic,
                values=row.values,
            )
            for row in rows.order_by("resource", "metric")
            if (row.resource, row.metric) in keys
        ],
    )
