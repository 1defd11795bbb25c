"""`/api/summary/`: the sums behind the summary page."""

from datetime import date, datetime

import msgspec
from django.utils import timezone

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest
from portal.audit.tags import Tag
from vpn.api.audit_trail import note
from vpn.api.describe import Described, answers, understood
from vpn.connection_log.summary import queries
from vpn.connection_log.summary.forms import SummaryForm
from vpn.connection_log.summary.ranges import range_of


class SummaryDaySchema(msgspec.Struct, kw_only=True):
    """``failures``: attempts by AWS's reason. ``peak``: the most at the same moment. Bytes are both directions."""

    day: date
    connected: int
    failed: int
    peak: int
    seconds: int
    bytes: int
    failures: dict[str, int]


class EndpointTotalsSchema(msgspec.Struct, kw_only=True):
    endpoint_id: str
    connected: int
    failed: int
    peak: int
    seconds: int
    bytes: int


class PersonTotalsSchema(msgspec.Struct, kw_only=True):
    username: str
    connections: int
    seconds: int
    bytes: int


class SummarySchema(msgspec.Struct, kw_only=True):
    """Days of the portal's time zone, ``first`` to ``last``; those without anything are left out.

    ``waiting_since``: since when something that was logged is not in the sums yet; usually null, and else a minute ago.
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


@answers(
    Described(
        summary="Connections, failures, people and traffic by day",
        answer=SummarySchema,
        permission=Permission.CONNECTION_READ,
        query=SummaryForm,
    )
)
def summary(request: ApiRequest) -> SummarySchema:
    form = SummaryForm(request.GET)
    understood(form)
    note(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target="summary",
        range=form.preset.value,
        endpoint=form.endpoint_id,
    )
    span, state = range_of(form.preset, today=timezone.localdate()), queries.state()
    people = queries.people(span, form.endpoint_id)
    return SummarySchema(
        first=span.first,
        last=span.last,
        people=people.count,
        people_by_seconds=[_person(one) for one in people.by_seconds],
        people_by_bytes=[_person(one) for one in people.by_bytes],
        days=[_day(day) for _, day in sorted(queries.days(span, form.endpoint_id).items())],
        endpoints=[
            _sums(one) for one in queries.endpoints(span) if form.endpoint_id in {"", one.endpoint_id}
        ],
        counted_at=state.counted_at,
        waiting_since=state.waiting_since,
    )


def _person(one: queries.PersonTotals) -> PersonTotalsSchema:
    return PersonTotalsSchema(
        username=one.username, connections=one.connections, seconds=one.seconds, bytes=one.bytes
    )


def _day(one: queries.DayTotals) -> SummaryDaySchema:
    return SummaryDaySchema(
        day=one.day,
        connected=one.connected,
        failed=one.failed,
        peak=one.peak,
        seconds=one.seconds,
        bytes=one.bytes,
        failures=one.failures,
    )


def _sums(one: queries.EndpointTotals) -> EndpointTotalsSchema:
    return EndpointTotalsSchema(
        endpoint_id=one.endpoint_id,
        connected=one.connected,
        failed=one.failed,
        peak=one.peak,
        seconds=one.seconds,
        bytes=one.bytes,
    )
