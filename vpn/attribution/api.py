"""`/api/connections/attribution/`: who was connected at a moment."""

from datetime import UTC, datetime

from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.audit_trail import record_api_use
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from portal.access.tokens.query_parameters import validated
from portal.audit.tags import Tag
from vpn.attribution.forms import AttributionForm
from vpn.attribution.queries import AttributionQuestion, AttributionResult, find
from vpn.connection_log.coverage.schemas import LogCoverageSchema, coverage_schema
from vpn.connection_log.freshness import freshness
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.schemas import ConnectionSchema, connection_schemas

router = Router(auth=TokenAuth(Permission.CONNECTION_READ))


class AttributionSchema(BaseModel):
    """Connections that were open at some time from ``since`` to ``until``, newest first; ``more``: there are others.

    ``kind``: fixed, vpn, source, person or everybody. ``endpoint_ids``: those that had a fixed address; not
    ``recorded``: at another time, the nearest that is known. The log has been read up to ``complete_until``.
    ``coverage``: what is stored of that time; only where it is complete do no connections mean nobody. ``unknown``: no
    such address and no such person is known.
    """

    kind: str
    since: datetime
    until: datetime
    connections: list[ConnectionSchema]
    more: bool
    endpoint_ids: list[str]
    recorded: bool
    complete_until: datetime | None
    coverage: LogCoverageSchema
    unknown: bool


@router.api_operation(
    ["GET", "HEAD"],
    "/connections/attribution/",
    url_name="api_connections_attribution",
    response=AttributionSchema,
    summary="Who was connected at a moment",
    description=(
        "address: a fixed IP address, a VPN address, a source IP, or a person as in the search; without it, everybody."
        " minutes: 2 unless given; 0 is the second that at names, or the minute where at has no seconds. A moment"
        " without an offset is in the portal's time zone."
    ),
    openapi_extra={"query": AttributionForm, "problems": ["took-too-long", "query-invalid"]},
)
def attribution(request: ApiRequest) -> AttributionSchema:
    question = validated(AttributionForm(request.GET)).question()
    try:
        with limited():
            result = find(question)
    except SearchTimeout as error:
        record_api_use(request, Tag.CONNECTIONS_ATTRIBUTED, target=question.target, **question.details)
        raise ApiError("took-too-long") from error
    record_api_use(
        request,
        Tag.CONNECTIONS_ATTRIBUTED,
        target=question.target,
        people=result.usernames,
        **question.details,
    )
    return _answer(question, result)


def _answer(question: AttributionQuestion, result: AttributionResult) -> AttributionSchema:
    return AttributionSchema(
        kind=result.kind.value,
        since=question.since.astimezone(UTC),
        until=question.until.astimezone(UTC),
        connections=connection_schemas(result.there),
        more=result.more,
        endpoint_ids=[period.endpoint.endpoint_id for period in result.periods],
        recorded=result.recorded,
        complete_until=freshness().complete_until,
        coverage=coverage_schema(result.coverage),
        unknown=result.unknown,
    )
