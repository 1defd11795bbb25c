"""`/api/connections/attribution/`: who was connected at a moment."""

from datetime import UTC, datetime

import msgspec
from django.utils import timezone

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest
from portal.access.tokens.problems import ApiError
from portal.audit.tags import Tag
from vpn.api.audit_trail import note
from vpn.api.connection_answers import ConnectionSchema, of_rows
from vpn.api.describe import Described, answers, understood
from vpn.attribution.forms import AttributionForm
from vpn.attribution.queries import AttributionQuestion, find
from vpn.connection_log.freshness import freshness
from vpn.connection_log.search.limits import SearchTimeout, limited


class AttributionSchema(msgspec.Struct, kw_only=True):
    """Connections that were open at some time from ``since`` to ``until``, newest first; ``more``: and others.

    ``kind``: fixed, vpn, source, person or everybody. ``endpoint_ids``: those that had a fixed address; not
    ``recorded``: at another time, the nearest that is known. The log has been read up to ``complete_until``.
    """

    kind: str
    since: datetime
    until: datetime
    connections: list[ConnectionSchema]
    more: bool
    endpoint_ids: list[str]
    recorded: bool
    complete_until: datetime | None


@answers(
    Described(
        summary="Who was connected at a moment",
        description=(
            "address: a fixed IP address, a VPN address, a source IP, or a person as in the search; without it,"
            " everybody. minutes: 2 unless given. A moment without an offset is in the portal's time zone."
        ),
        answer=AttributionSchema,
        permission=Permission.CONNECTION_READ,
        query=AttributionForm,
        problems=("took-too-long",),
    )
)
def attribution(request: ApiRequest) -> AttributionSchema:
    form = AttributionForm(request.GET)
    understood(form)
    question = form.question()
    note(request, Tag.CONNECTIONS_ATTRIBUTED, target=question.subject, **question.details)
    return _answer(question)


def _answer(question: AttributionQuestion) -> AttributionSchema:
    try:
        with limited():
            found = find(question)
    except SearchTimeout as error:
        raise ApiError("took-too-long") from error
    return AttributionSchema(
        kind=found.kind.value,
        since=question.since.astimezone(UTC),
        until=question.until.astimezone(UTC),
        connections=of_rows(found.there, now=timezone.now()),
        more=found.more,
        endpoint_ids=[spell.endpoint.endpoint_id for spell in found.spells],
        recorded=found.recorded,
        complete_until=freshness().complete_until,
    )
