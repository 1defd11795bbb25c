"""`/api/summary/`: the totals of the summary page."""

from datetime import date, datetime

from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, ConfigDict

from portal.access.permissions import Permission
from portal.access.tokens.audit_trail import record_api_use
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.query_parameters import validated
from portal.audit import targets
from portal.audit.tags import Tag
from vpn.connection_log.coverage.queries import coverage
from vpn.connection_log.coverage.schemas import LogCoverageSchema, coverage_schema
from vpn.connection_summary import queries
from vpn.connection_summary.forms import SummaryForm

router = Router(auth=TokenAuth(Permission.CONNECTION_READ))


class TotalsSchema(BaseModel):
    """Made from the totals of the same names in `queries`. Bytes are of both directions."""

    model_config = ConfigDict(from_attributes=True)


class SummaryDaySchema(TotalsSchema):
    """``failures``: attempts by AWS's reason. ``peak``: the most at the same moment."""

    day: date
    connected: int
    failed: int
    peak: int
    seconds: int
    bytes: int
    failures: dict[str, int]


class EndpointTotalsSchema(TotalsSchema):
    endpoint_id: str
    connected: int
    failed: int
    peak: int
    seconds: int
    bytes: int


class PersonTotalsSchema(TotalsSchema):
    username: str
    connections: int
    seconds: int
    bytes: int


class SummarySchema(BaseModel):
    """Days of the portal's time zone, ``first`` to ``last``; those without anything are left out.

    ``waiting_since``: since when something that was logged is not in the sums yet; usually null, and else a minute ago.
    ``coverage``: what is stored of these days; a day that is left out had nothing only where the log of it is stored.
    """

    first: date
    last: date
    people: int
    people_by_seconds: list[PersonTotalsSchema]
    people_by_bytes: list[PersonTotalsSchema]
    days: list[SummaryDaySchema]
    endpoints: list[EndpointTotalsSchema]
    counted_at: datetime | None
    waiting_since: datetime | None
    coverage: LogCoverageSchema


@router.api_operation(
    ["GET", "HEAD"],
    "/summary/",
    url_name="api_summary",
    response=SummarySchema,
    summary="Connections, failures, people and traffic by day",
    openapi_extra={"query": SummaryForm, "problems": ["query-invalid"]},
)
def summary(request: ApiRequest) -> SummarySchema:
    form = validated(SummaryForm(request.GET))
    span, state = form.span(today=timezone.localdate()), queries.state()
    people = queries.people(span, form.endpoint_id)
    record_api_use(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("summary"),
        people={totals.username for totals in (*people.by_seconds, *people.by_bytes)},
        **form.conditions,
    )
    days = sorted(queries.days(span, form.endpoint_id).items())
    endpoints = [totals for totals in queries.endpoints(span) if form.endpoint_id in {"", totals.endpoint_id}]
    return SummarySchema(
        first=span.first,
        last=span.last,
        people=people.count,
        people_by_seconds=[PersonTotalsSchema.model_validate(totals) for totals in people.by_seconds],
        people_by_bytes=[PersonTotalsSchema.model_validate(totals) for totals in people.by_bytes],
        days=[SummaryDaySchema.model_validate(totals) for _day, totals in days],
        endpoints=[EndpointTotalsSchema.model_validate(totals) for totals in endpoints],
        counted_at=state.counted_at,
        waiting_since=state.waiting_since,
        coverage=coverage_schema(coverage(span.since, span.until, endpoint_ids=form.endpoint_ids)),
    )
